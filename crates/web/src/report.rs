//! A report as one file: charts and tables that need no server, no other host and no script.
//!
//! Whoever has something to report says what is in it; how it looks is decided here, and it looks like the pages.
//! Everything foreign is escaped. Never reads what it shows.

mod drawing;

use crate::view::axis::{Axis, Values};
use crate::view::figure::Unit;
use crate::view::html::Html;
use askama::Template;
use domain::Timestamp;

/// Lines of one chart that can be told apart.
pub const MOST_LINES: usize = 5;

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// What was read and when it happened, a sentence each.
    pub facts: Vec<String>,
    /// Its charts.
    pub charts: Vec<Chart>,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What its values measure.
    pub unit: Unit,
    /// Whether each step of the axis is ten times the one before.
    pub logarithmic: bool,
    /// What is drawn.
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// A line for each, over time.
    Lines(Vec<Line>, Span),
    /// How much each adds to the whole, over time.
    Stacked(Vec<Line>, Span),
    /// Words, and how many there are of each.
    Bars(Vec<(String, f32)>),
}

/// The time that is drawn.
#[derive(Clone, Debug)]
pub struct Span {
    /// Left edge.
    pub from: Timestamp,
    /// Right edge.
    pub until: Timestamp,
    /// Stretches that are shaded: when, and whether they were as bad as can be.
    pub shaded: Vec<(Timestamp, Timestamp, bool)>,
}

/// A line, or a layer.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// Its values, oldest first.
    pub values: Values,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// What it means that it is empty.
    pub none: String,
    /// Its columns, and whether they hold figures.
    pub columns: Vec<(String, bool)>,
    /// Its rows; each has a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Rows that there are besides.
    pub left_out: usize,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// As people read it.
    pub words: String,
    /// By what its column is put in order, where not by the words.
    pub order: Option<i64>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    report: &'r Report,
    charts: Vec<Drawn<'r>>,
    styles: Html,
    script: Html,
}

/// What the template prints of a chart.
struct Drawn<'r> {
    title: &'r str,
    keys: Vec<Key<'r>>,
    svg: Html,
    scale: [String; 3],
    /// Words under it, from left to right.
    edges: Vec<Html>,
    /// Whether each of them stands under a bar.
    even: bool,
    head: Vec<&'r str>,
    rows: Vec<(Html, Vec<String>)>,
}

struct Key<'r> {
    label: &'r str,
    greatest: String,
}

impl Report {
    /// The whole file.
    pub fn render(&self) -> Result<String, askama::Error> {
        let styles = [
            include_str!("../static/app.css"),
            include_str!("../static/reads.css"),
            include_str!("../static/report.css"),
        ];
        let page = Page {
            report: self,
            charts: self.charts.iter().map(Chart::draw).collect(),
            styles: Html(styles.concat()),
            script: Html(include_str!("../static/report.js").to_owned()),
        };
        page.render()
    }
}

impl Chart {
    fn axis(&self) -> Axis {
        Axis { unit: self.unit, logarithmic: self.logarithmic }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    fn report() -> Report {
        let values = |factor: f32| {
            (0..600_i16).map(|second| (at(second.into()), f32::from(second) * factor)).collect()
        };
        let line = |label: &str, factor| Line { label: label.to_owned(), values: values(factor) };
        let span = Span { from: at(0), until: at(600), shaded: vec![(at(100), at(200), true)] };
        let chart = |title: &str, drawing| Chart {
            title: title.to_owned(),
            unit: Unit::Ms,
            logarithmic: false,
            drawing,
        };
        Report {
            title: "Logs of <b>node1</b>".to_owned(),
            facts: vec!["node1: 3 lines & more".to_owned()],
            charts: vec![
                chart("Lines", Drawing::Lines(vec![line("<i>a</i>", 1.0), line("b", 0.5)], span.clone())),
                chart("Layers", Drawing::Stacked(vec![line("a", 1.0), line("b", 2.0)], span)),
                chart("Bars", Drawing::Bars(vec![("1 ms".to_owned(), 3.0), ("10 ms".to_owned(), 12.0)])),
            ],
            tables: vec![
                Table {
                    title: "Shapes".to_owned(),
                    none: "None.".to_owned(),
                    columns: vec![("Shape".to_owned(), false), ("Count".to_owned(), true)],
                    rows: vec![vec![
                        Cell { words: "find filter{<script>:?}".to_owned(), order: None },
                        Cell { words: "1,200".to_owned(), order: Some(1_200) },
                    ]],
                    left_out: 2,
                },
                Table {
                    title: "Errors".to_owned(),
                    none: "No errors.".to_owned(),
                    columns: vec![("Message".to_owned(), false)],
                    rows: Vec::new(),
                    left_out: 0,
                },
            ],
        }
    }

    #[test]
    fn a_report_is_one_file_that_names_no_other_and_holds_no_foreign_tag() {
        let html = report().render().expect("rendered");
        for foreign in
            ["http:", "https:", "src=", "@import", "url(", "<link", "<b>node1", "<i>a", "{<script>"]
        {
            assert!(!html.contains(foreign), "{foreign}");
        }
        assert!(html.contains("Logs of &#60;b&#62;node1") && html.contains("… and 2 more"), "{html}");
        assert!(html.contains("No errors."));
    }

    #[test]
    fn layers_add_up_and_every_chart_has_its_values_in_words() {
        let report = report();
        let drawn: Vec<_> = report.charts.iter().map(Chart::draw).collect();
        // Of each stretch of 6 s the last has 594 + … + 599 ms once and twice: 10.7 s.
        assert_eq!(drawn[1].scale[0], "20 s");
        assert_eq!(drawn[1].svg.as_str().matches("<path class=\"layer").count(), 2);
        assert_eq!(drawn[0].svg.as_str().matches("class=\"band mo\"").count(), 1);
        assert_eq!(drawn[2].svg.as_str().matches("<rect").count(), 2);
        assert!(
            drawn.iter().all(|chart| !chart.rows.is_empty() && chart.rows[0].1.len() == chart.head.len())
        );
    }
}
