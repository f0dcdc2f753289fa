//! From the form to the last message: readers subscribe, confirm, hear of an incident, and leave.

use crate::chance;
use crate::node::{Node, configuration};
use crate::receivers::{Mood, Receivers};
use crate::support::database::Database;
use crate::support::mailbox::Mailbox;
use crate::support::until;
use reqwest::{Client, StatusCode};
use std::net::{Ipv4Addr, SocketAddr};
use store::SubscriberFilter;
use watchkeeper::clock::Clock;

on_both_databases! {
    on two threads: a_reader_confirms_by_mail_hears_and_leaves_by_one_click,
    who_leaves_before_a_message_is_sent_gets_none,
}

const URL: &str = "http://status.quay.example";

/// What follows in a mail.
fn after<'a>(mail: &'a str, words: &str) -> &'a str {
    let rest = mail.split_once(words).unwrap_or_else(|| panic!("`{words}` is not in {mail}")).1;
    rest.split(|c: char| c.is_whitespace() || c == '>' || c == '"').next().unwrap_or_default()
}

async fn a_reader_confirms_by_mail_hears_and_leaves_by_one_click(database: Database) {
    let (mailbox, receivers) = (Mailbox::start().await, Receivers::start(chance("subscribing")).await);
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = format!(
        "public_url = \"{URL}\"\n{}\n[secrets]\nkey = \"{}\"\n\
         [mail]\nserver = \"{}\"\nsecurity = \"none\"\nfrom = \"Quay Bakery <status@quay.example>\"\n",
        configuration(listen, &database, &receivers, &[]),
        "1f".repeat(32),
        mailbox.address,
    );
    let node = Node::start_as(database, config).await;
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let client = client.expect("a client");
    let post = async |path: &str, body: String| {
        let request = client.post(format!("http://{}{path}", node.address()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.expect("an answer").status()
    };

    let hook = format!("kind=webhook&target=http%3A%2F%2F{}%2Fhook", receivers.address);
    assert_eq!(post("/subscribe", hook).await, StatusCode::SEE_OTHER);
    let ann = "kind=email&target=ann%40example.org".to_owned();
    assert_eq!(post("/subscribe", ann).await, StatusCode::SEE_OTHER);
    until("the question and the test arrive", async || {
        mailbox.mails().len() == 1 && receivers.taken("hook").len() == 1
    })
    .await;
    let question = mailbox.mails().remove(0);
    assert!(question.contains("To: ann@example.org") && !question.contains("List-Unsubscribe"), "{question}");
    let token = after(&question, &format!("{URL}/confirm/")).to_owned();
    assert_eq!(token.len(), 32, "{question}");

    // Nobody hears before they confirmed; the webhook confirmed by taking the test.
    node.open("Ovens are cold").await;
    until("the webhook hears", async || receivers.taken("hook").len() == 2).await;
    node.settle().await;
    assert_eq!(mailbox.mails().len(), 1);

    assert_eq!(post(&format!("/confirm/{token}"), String::new()).await, StatusCode::SEE_OTHER);
    node.open("Doors are stuck").await;
    until("the mail arrives", async || mailbox.mails().len() == 2).await;
    let news = mailbox.mails().remove(1);
    assert!(news.contains("Doors are stuck"), "{news}");
    assert!(news.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{news}");
    let link = after(&news, "List-Unsubscribe: <").to_owned();
    let path = link.strip_prefix(URL).unwrap_or_else(|| panic!("{link} is not of the page")).to_owned();

    assert_eq!(post(&path, "List-Unsubscribe=One-Click".into()).await, StatusCode::OK);
    node.open("Dough is sour").await;
    until("the webhook hears of everything", async || receivers.taken("hook").len() == 4).await;
    node.settle().await;
    assert_eq!(mailbox.mails().len(), 2, "and whoever left of nothing more");
}

async fn who_leaves_before_a_message_is_sent_gets_none(database: Database) {
    let receivers = Receivers::start(chance("leaving")).await;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = format!(
        "public_url = \"{URL}\"\n{}\n[secrets]\nkey = \"{}\"\n",
        configuration(listen, &database, &receivers, &[]),
        "1f".repeat(32),
    );
    let retries = format!("[delivery]\nretries = [{}]\n", ["\"100ms\""; 100].join(", "));
    let node = Node::start_as(database, config.replace("[delivery]\n", &retries)).await;
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    for name in ["stays", "leaves"] {
        let form = format!("kind=webhook&target=http%3A%2F%2F{}%2F{name}", receivers.address);
        let request = client.as_ref().expect("a client").post(format!("http://{}/subscribe", node.address()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::SEE_OTHER);
        until("the test arrives", async || receivers.taken(name).len() == 1).await;
    }
    // Both are written down as those who are to hear, and neither can be told yet.
    for name in ["stays", "leaves"] {
        receivers.set(name, Mood::Status(503));
    }
    node.open("Ovens are cold").await;
    until("both were tried", async || ["stays", "leaves"].iter().all(|name| receivers.got(name).len() > 1))
        .await;
    let all = node.store().list_subscribers(&SubscriberFilter::default(), "", 9).await.expect("a list");
    let who = all.iter().find(|subscriber| subscriber.target.ends_with("/leaves")).expect("they are known");
    assert!(node.store().end_subscriber(&who.id, "by their link", Clock::System.now()).await.expect("ended"));
    receivers.set("leaves", Mood::Well);
    receivers.set("stays", Mood::Well);
    node.settle().await;
    assert_eq!((receivers.taken("stays").len(), receivers.taken("leaves").len()), (2, 1));
}
