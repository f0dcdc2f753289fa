//! What is advised for which query. Queries are written as shapes, and regular expressions as `~beginning` and `~within`.

use super::*;
use crate::reads::shape;

/// The query of a shape.
fn query(text: &str) -> Query {
    fn patterns(term: Term) -> Term {
        match term {
            Term::Text(text) if text == "$~beginning" => Term::Pattern("^ab".to_owned(), String::new()),
            Term::Text(text) if text == "$~within" => Term::Pattern("ab".to_owned(), String::new()),
            Term::Text(text) if text == "$true" => Term::Bool(true),
            Term::Text(text) if text == "$null" => Term::Null,
            Term::Document(fields) => {
                Term::Document(fields.into_iter().map(|(key, term)| (key, patterns(term))).collect())
            }
            Term::Array(items) => Term::Array(items.into_iter().map(patterns).collect()),
            other => other,
        }
    }
    let command = shape::read(text).unwrap_or_else(|| panic!("`{text}` is no shape"));
    let command: Vec<_> = command.into_iter().map(|(key, term)| (key, patterns(term))).collect();
    Query::all_of("crm.c", &command).remove(0)
}

fn spec(keys: &str) -> Spec {
    let key = |part: &str| match part.split_once(':') {
        Some((path, "-1")) => (path.to_owned(), Key::Descending),
        Some((path, "1")) => (path.to_owned(), Key::Ascending),
        Some((path, word)) => (path.to_owned(), Key::Special(word.to_owned())),
        None => panic!("`{part}` is no key"),
    };
    Spec { keys: keys.split(',').map(key).collect(), ..Spec::default() }
}

fn index(keys: &str) -> Index {
    Index::new(&spec(keys))
}

fn collection(indexes: &[Index]) -> Collection {
    let ids = Index { name: "_id_".to_owned(), ..index("_id:1") };
    Collection {
        namespace: "crm.c".to_owned(),
        indexes: Some([&[ids], indexes].concat()),
        documents: Some(50_000),
        ..Collection::default()
    }
}

/// The keys of what is advised first, or why nothing is.
fn first(text: &str, collection: &Collection) -> String {
    match serving(&query(text), collection) {
        Serving::Candidates(candidates) => {
            let keys = |spec: &Spec| {
                let keys = spec.keys.iter().map(|(path, key)| {
                    let word = match key {
                        Key::Ascending => "1",
                        Key::Descending => "-1",
                        Key::Special(word) => word,
                    };
                    format!("{path}:{word}")
                });
                let partial = if spec.partial.is_some() { " partial" } else { "" };
                format!("{}{partial}", keys.collect::<Vec<_>>().join(","))
            };
            candidates[0].create.iter().map(keys).collect::<Vec<_>>().join(" and ")
        }
        Serving::Served(name) => format!("served by {name}"),
        Serving::LeftAlone(why) | Serving::Nothing(why) => why,
    }
}

#[test]
fn one_value_then_the_order_then_ranges() {
    let none = collection(&[]);
    for (text, keys) in [
        ("find filter{a:?}", "a:1"),
        ("find filter{a:?,b:{$gt:?}} sort{c:-1} limit", "a:1,c:-1,b:1"),
        ("find filter{b:{$gt:?,$lt:?},a:?}", "a:1,b:1"),
        ("find filter{a:?} sort{a:1,b:1} limit", "a:1,b:1"),
        ("find filter{a:?,b:{$ne:?}} sort{c:1} limit", "a:1,c:1,b:1"),
        ("find filter{a:{$in:[?]}} sort{b:-1} limit", "a:1,b:-1"),
        ("find filter{} sort{a:1,b:-1} limit", "a:1,b:-1"),
        ("find filter{a:$~beginning}", "a:1"),
        ("find filter{t:?,a:$~within}", "t:1"),
        ("find filter{a:$null,b:{$gt:?}}", "a:1,b:1"),
        ("find filter{i:{$elemMatch:{s:?,q:{$gt:?}}}}", "i.s:1,i.q:1"),
        ("find filter{$or:[{a:?},{b:?}]}", "a:1 and b:1"),
        ("find filter{$or:[{a:?},{b:?}],t:?} sort{c:-1} limit", "t:1,a:1,c:-1 and t:1,b:1,c:-1"),
        ("find filter{$or:[{a:?},{a:?}]}", "a:1"),
        ("find filter{a:?} projection{b:1,_id:0}", "a:1,b:1"),
        ("find filter{a:?} projection{b:1}", "a:1"),
        ("count query{a:?,b:?}", "a:1,b:1"),
        ("aggregate pipeline[{$match:{a:?}},{$sort:{b:-1}},{$limit:?}]", "a:1,b:-1"),
        ("aggregate pipeline[{$match:{a:?}},{$group:{_id:$b}}]", "a:1,b:1"),
        ("aggregate pipeline[{$unwind:$a},{$match:{a:?}}]", "it wants every document"),
        ("update q{a:?,b:?} u{$set:{c:?}}", "a:1,b:1"),
        ("findAndModify query{s:?} sort{p:-1}", "s:1,p:-1"),
        ("find filter{_id:?,a:?}", "served by _id_"),
        ("find filter{}", "it wants every document"),
        ("find filter{a:$~within}", "all that it asks is what an index cannot bound"),
        ("find filter{a:{$ne:?}}", "all that it asks is what an index cannot bound"),
        ("find filter{$or:[{a:?},{b:$~within}]}", "all that it asks is what an index cannot bound"),
    ] {
        assert_eq!(first(text, &none), keys, "{text}");
    }
    assert!(first("find filter{$text:{$search:?}}", &none).starts_with("`$text`"));
}

#[test]
fn nobody_needs_to_know_that_ids_have_an_index() {
    let unknown = Collection { namespace: "crm.c".to_owned(), ..Collection::default() };
    assert_eq!(first("find filter{_id:?,a:?}", &unknown), "served by _id_");
    assert_eq!(first("find filter{a:?}", &unknown), "a:1");
}

#[test]
fn what_is_there_is_used_and_extended() {
    let known = collection(&[index("b:1"), index("d:-1,e:1"), index("h:hashed"), index("u:1,v:1")]);
    for (text, keys) in [
        ("find filter{b:?}", "served by b_1"),
        ("find filter{a:?,b:?}", "b:1,a:1"),
        ("find filter{} sort{d:1,e:-1} limit", "served by d_-1_e_1"),
        ("find filter{} sort{d:1,e:1} limit", "d:1,e:1"),
        ("find filter{h:?}", "served by h_hashed"),
        ("find filter{h:{$gt:?}}", "h:1"),
        ("find filter{v:?,u:?}", "served by u_1_v_1"),
    ] {
        assert_eq!(first(text, &known), keys, "{text}");
    }
    let asked =
        |text: &str| Asked { query: query(text), shape: text.to_owned(), suffers: true, ..Asked::default() };
    let advice = advise(&known, &[asked("find filter{a:?,b:?}")]);
    let place = "db.getSiblingDB(\"crm\").getCollection(\"c\")";
    assert_eq!(
        advice[0].command(Some((4, 0))).unwrap(),
        format!(
            "{place}.createIndex({{ \"b\": 1, \"a\": 1 }}, {{ \"name\": \"b_1_a_1\", \"background\": true }})\n{place}.dropIndex(\"b_1\")"
        )
    );
    assert_eq!(
        advice[0].rollback(Some((7, 0))).unwrap(),
        format!(
            "{place}.createIndex({{ \"b\": 1 }}, {{ \"name\": \"b_1\" }})\n{place}.dropIndex(\"b_1_a_1\")"
        )
    );
    assert_eq!(advice[0].cost.unwrap().more_work, Some(0.0));
}

#[test]
fn an_index_that_does_not_hold_everything_serves_only_who_asks_for_what_it_holds() {
    let sparse = Index { sparse: true, ..index("a:1") };
    let hidden = Index { hidden: true, ..index("b:1") };
    let partial = |condition| Index {
        spec: Spec { partial: Some(vec![("o".to_owned(), condition)]), ..spec("c:1") },
        ..index("c:1")
    };
    let french = vec![("locale".to_owned(), Term::Text("fr".to_owned()))];
    let french = Index { spec: Spec { collation: Some(french), ..spec("d:1") }, ..index("d:1") };
    let known = collection(&[sparse, hidden, partial(Term::Bool(true)), french]);
    for (text, keys) in [
        ("find filter{a:?}", "served by a_1"),
        ("find filter{a:$null}", "a:1"),
        ("find filter{} sort{a:1} limit", "a:1"),
        ("find filter{b:?}", "b:1"),
        ("find filter{c:?}", "c:1"),
        ("find filter{c:?,o:$true}", "served by c_1"),
        ("find filter{d:?}", "d:1"),
    ] {
        assert_eq!(first(text, &known), keys, "{text}");
    }
}

#[test]
fn a_sample_tells_arrays_rare_flags_and_what_leaves_few() {
    let field = |array, distinct, truth| Field { array, distinct, truth, present: 1.0, bytes: 8.0 };
    let fields = [
        ("tags", field(true, 0.1, 0.0)),
        ("labels", field(true, 0.1, 0.0)),
        ("open", field(false, 0.0, 0.02)),
        ("email", field(false, 1.0, 0.0)),
        ("kind", field(false, 0.01, 0.0)),
        ("team", field(false, 0.2, 0.0)),
        ("late", Field { present: 0.01, ..Field::default() }),
    ];
    let fields: std::collections::BTreeMap<_, _> =
        fields.map(|(path, field)| (path.to_owned(), field)).into();
    let known = Collection { fields, ..collection(&[index("email:1")]) };
    for (text, keys) in [
        ("find filter{tags:?,labels:?,a:?}", "tags:1,a:1"),
        ("find filter{open:$true,team:?} sort{at:-1} limit", "team:1,at:-1 partial"),
        ("find filter{email:?,kind:?} sort{at:1} limit", "served by email_1"),
        ("find filter{kind:?,team:?}", "team:1,kind:1"),
        ("find filter{tags:?} projection{kind:1,_id:0}", "tags:1"),
        ("find filter{late:{$exists:$true}}", "late:1 partial"),
    ] {
        assert_eq!(first(text, &known), keys, "{text}");
    }
}

#[test]
fn needless_indexes_go_and_those_that_do_more_stay() {
    let unique = Index { unique: true, ..index("a:1") };
    let ttl = Index { expires: true, ..index("at:1") };
    let idle = |since_s, incomplete, keys| Index {
        uses: Some(Uses { count: 0, since_s, members: 3, incomplete }),
        ..index(keys)
    };
    let month = LONG_ENOUGH_S + 1;
    let known = collection(&[
        unique,
        index("a:1,b:1"),
        index("c:1"),
        index("c:-1,d:1"),
        ttl,
        index("at:1,x:1"),
        idle(month, false, "e:1"),
        idle(month, true, "f:1"),
        idle(60, false, "g:1"),
        idle(month, false, "s:1"),
    ]);
    let known = Collection { shard_key: vec!["s".to_owned()], ..known };
    let advice = advise(&known, &[]);
    let gone: Vec<(&str, &str)> = advice
        .iter()
        .map(|one| match &one.step {
            Step::Drop(index) => (index.name.as_str(), one.why.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        gone,
        [
            ("c_1", "`c_-1_d_1` begins with the same fields and does all its work"),
            ("e_1", "no member of 3 used it in 30d"),
        ]
    );
}

#[test]
fn other_wordings_are_advised_where_no_index_helps() {
    for (text, rules) in [
        ("find filter{a:$~within} limit", vec!["search_in_text"]),
        ("find filter{a:{$nin:[?]}} limit", vec!["negation"]),
        ("find filter{a:?} sort{b:1} limit skip", vec!["skip"]),
        ("find filter{$where:?} limit", vec!["code"]),
        ("find filter{a:?} sort{b:1}", vec!["no_limit"]),
        ("aggregate pipeline[{$lookup:{from:?,localField:?,foreignField:?,as:?}}]", vec!["unbounded_join"]),
        ("remove q{at:{$lt:?}}", vec!["purge"]),
        ("find filter{a:?} limit", vec![]),
    ] {
        let found: Vec<_> = rewrites(&query(text)).map(|rule| rule.name).collect();
        assert_eq!(found, rules, "{text}");
    }
    let many = Term::Array(vec![Term::Other; 500]);
    let list = Term::Document(vec![("$in".to_owned(), many)]);
    let command = [
        ("find".to_owned(), Term::Other),
        ("filter".to_owned(), Term::Document(vec![("a".to_owned(), list)])),
        ("sort".to_owned(), Term::Document(vec![("b".to_owned(), Term::Number(1.0))])),
        ("limit".to_owned(), Term::Number(5.0)),
    ];
    let query = Query::all_of("crm.c", &command).remove(0);
    assert_eq!(rewrites(&query).map(|rule| rule.name).collect::<Vec<_>>(), ["long_list"]);
    let Serving::Candidates(candidates) = serving(&query, &collection(&[])) else { panic!("{query:?}") };
    assert_eq!(
        candidates[0].create,
        [spec("b:1,a:1")],
        "too many values to be read in the order of the sort"
    );
}

#[test]
fn one_index_serves_several_queries_and_a_join_asks_the_other_collection() {
    let asked = |text: &str, total_ms| Asked {
        query: query(text),
        shape: text.to_owned(),
        suffers: true,
        total_ms,
        ..Asked::default()
    };
    let served = Asked { suffers: false, examined: Some((20, 10)), ..asked("find filter{z:?}", 9) };
    let advice = advise(
        &collection(&[]),
        &[asked("find filter{a:?}", 5), asked("find filter{a:?} sort{b:1} limit", 7), served],
    );
    assert_eq!(advice.len(), 1, "{advice:#?}");
    assert_eq!((advice[0].shapes.len(), advice[0].total_ms), (2, 12));
    assert!(matches!(&advice[0].step, Step::Create(create, _) if create[..] == [spec("a:1,b:1")]));
    let text = |text: &str| Term::Text(text.to_owned());
    let join = vec![("from".to_owned(), text("users")), ("foreignField".to_owned(), text("email"))];
    let stages = Term::Array(vec![Term::Document(vec![("$lookup".to_owned(), Term::Document(join))])]);
    let command = [("aggregate".to_owned(), text("c")), ("pipeline".to_owned(), stages)];
    let queries = Query::all_of("crm.c", &command);
    assert_eq!((queries.len(), queries[1].namespace.as_str()), (2, "crm.users"));
    assert_eq!(queries[1].filter.all[0].path, "email");
}

#[test]
fn no_advice_shows_a_value() {
    let secret = || Term::Text("hunter2".to_owned());
    let command = [
        ("find".to_owned(), secret()),
        (
            "filter".to_owned(),
            Term::Document(vec![("a".to_owned(), secret()), ("b".to_owned(), Term::Bool(true))]),
        ),
        ("limit".to_owned(), Term::Number(5.0)),
    ];
    let query = Query::all_of("crm.c", &command).remove(0);
    let asked = Asked { query, shape: "find".to_owned(), suffers: true, ..Asked::default() };
    let advice = advise(&collection(&[]), &[asked]);
    let told = format!("{advice:?} {:?} {:?}", advice[0].command(None), advice[0].rollback(None));
    assert!(!told.contains("hunter2"), "{told}");
}
