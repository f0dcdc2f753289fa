//! What queries cost over a window, by shape, and what they cost in the same window a week before.

use crate::error::Error;
use crate::site::Site;
use domain::Timestamp;
use domain::time::Window;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use store::QueryRow;

/// Steps into which a window is cut.
pub(crate) const STEPS: usize = 48;
/// Lines of one answer.
pub(crate) const MOST_LINES: usize = 500;
const HOUR_S: i64 = 3_600;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// By what lines stand in order, the greatest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Time that they cost.
    #[default]
    Time,
    /// How many finished.
    Count,
    /// 99th percentile of those that finished.
    P99,
    /// Documents or keys examined for each one returned.
    Examined,
    /// How much more time they cost than a week before.
    Growth,
}

impl Sort {
    /// Every order with its name in addresses and its words.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Time, "time", "Time"),
        (Self::Count, "count", "Count"),
        (Self::P99, "p99", "Slowest hundredth"),
        (Self::Examined, "examined", "Examined for each returned"),
        (Self::Growth, "growth", "More than a week before"),
    ];

    /// The order of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(sort, ..)| sort)
    }

    /// Its name.
    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct QueryQuestion {
    /// Identifier of a database; all that are watched where absent.
    pub(crate) database: Option<String>,
    /// From the beginning of an hour.
    pub(crate) window: Window,
    /// Words that must stand in namespace, shape, plan or application.
    pub(crate) words: String,
    pub(crate) sort: Sort,
}

/// One shape over the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryLine {
    /// What it cost.
    pub(crate) row: QueryRow,
    /// What it cost in the same window a week before, in milliseconds; nothing where nothing is kept of that.
    pub(crate) week_before_ms: Option<u64>,
}

impl QueryLine {
    fn growth_ms(&self) -> u64 {
        self.row.time_ms().saturating_sub(self.week_before_ms.unwrap_or(0))
    }

    fn rank(&self, sort: Sort) -> u64 {
        match sort {
            Sort::Time => self.row.time_ms(),
            Sort::Count => self.row.cost.durations.count(),
            Sort::P99 => self.row.cost.durations.quantile(99).max(0).unsigned_abs(),
            Sort::Examined => self.row.cost.examined_each().unwrap_or(0),
            Sort::Growth => self.growth_ms(),
        }
    }

    fn contains(&self, words: &str) -> bool {
        let QueryRow { name, cost, .. } = &self.row;
        let texts = [&name.namespace, &name.command, &name.shape];
        let texts = texts.into_iter().chain(cost.plans.keys()).chain(cost.apps.keys());
        let texts: Vec<String> = texts.map(|text| text.to_lowercase()).collect();
        words.split_whitespace().all(|word| texts.iter().any(|text| text.contains(&word.to_lowercase())))
    }
}

/// A window from the beginning of the hour that holds `from`: sums are kept by the hour.
pub(crate) fn whole_hours(from: Timestamp, until: Timestamp) -> Window {
    let since = from.as_second().rem_euclid(HOUR_S);
    let beginning = Timestamp::from_second(from.as_second() - since).unwrap_or(from);
    Window::closed(beginning, until)
}

impl Site {
    /// The lines that a question asks for, in its order.
    pub(crate) async fn query_lines(&self, question: &QueryQuestion) -> Result<Vec<QueryLine>, Error> {
        let watched = self.live.databases();
        let names = watched.iter().map(|database| database.watched().name.as_str().to_owned());
        let names: Vec<String> =
            names.filter(|name| question.database.as_ref().is_none_or(|wanted| wanted == name)).collect();
        let _place = self.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        let mut lines = Vec::new();
        for name in &names {
            lines.extend(self.lines_of(name, question.window).await?);
        }
        lines.retain(|line| line.contains(&question.words));
        // Stable: of equals the costlier first.
        lines.sort_by_key(|line| std::cmp::Reverse(line.row.time_ms()));
        lines.sort_by_key(|line| std::cmp::Reverse(line.rank(question.sort)));
        lines.truncate(MOST_LINES);
        Ok(lines)
    }

    async fn lines_of(&self, database: &str, window: Window) -> Result<Vec<QueryLine>, Error> {
        let week_before = |at: Timestamp| at.saturating_sub(WEEK).unwrap_or(at);
        let until = window.until.unwrap_or(window.from);
        let earlier = Window::closed(week_before(window.from), week_before(until));
        let (rows, before) = tokio::try_join!(
            self.store.queries(database, window, STEPS),
            self.store.queries(database, earlier, 1)
        )
        .map_err(|error| self.store_error(error))?;
        let known = !before.is_empty();
        let before: BTreeMap<_, u64> =
            before.into_iter().map(|row| (row.name.clone(), row.time_ms())).collect();
        let line = |row: QueryRow| {
            let week_before_ms = known.then(|| before.get(&row.name).copied().unwrap_or(0));
            QueryLine { row, week_before_ms }
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
