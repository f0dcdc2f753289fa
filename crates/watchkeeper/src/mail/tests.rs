//! Against a server on loopback that speaks as it is told to.

mod encrypted;

use super::Mailer;
use crate::config::MailConfig;
use crate::config::mail::Security;
use domain::Timestamp;
use notifiers::{Mail, Verdict};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// How the server speaks.
#[derive(Clone, Copy)]
struct Manner {
    /// It hears several commands at once, and says nothing before it has heard `DATA`.
    pipelining: bool,
    /// It hangs up after each mail.
    brief: bool,
}

/// What the server saw: connections, and the mails that it took.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(usize, Vec<String>)>>);

impl Seen {
    fn change<T>(&self, change: impl FnOnce(&mut (usize, Vec<String>)) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn server(manner: Manner) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let seen = Seen::default();
    let noted = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let seen = noted.clone();
            tokio::spawn(async move {
                stream.write_all(b"220 here\r\n").await?;
                talk(stream, manner, &seen).await
            });
        }
    });
    (address, seen)
}

/// Speaks with one client, after the greeting.
async fn talk(stream: impl AsyncRead + AsyncWrite, manner: Manner, seen: &Seen) -> std::io::Result<()> {
    seen.change(|seen| seen.0 += 1);
    let (reading, mut writing) = tokio::io::split(stream);
    let mut reading = BufReader::new(reading);
    let mut answers = String::new();
    let mut nobody = false;
    loop {
        let mut line = String::new();
        if reading.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let word = line.split([' ', ':', '\r']).next().unwrap_or_default();
        if !manner.pipelining && !reading.buffer().is_empty() {
            answers.push_str("503 one by one\r\n");
        } else if word == "EHLO" {
            let offer = if manner.pipelining { "250-PIPELINING\r\n" } else { "" };
            answers.extend(["250-here\r\n", offer, "250 8BITMIME\r\n"]);
        } else if word == "RCPT" && line.contains("nobody") {
            nobody = true;
            answers.push_str("550 5.1.1 no such user\r\n");
        } else if word == "DATA" && (!nobody || manner.pipelining) {
            answers.push_str("354 go on\r\n");
            writing.write_all(std::mem::take(&mut answers).as_bytes()).await?;
            let mut mail = String::new();
            while !mail.ends_with("\r\n.\r\n") {
                reading.read_line(&mut mail).await?;
            }
            if nobody {
                answers.push_str("554 5.5.1 for whom\r\n");
            } else {
                seen.change(|seen| seen.1.push(mail));
                answers.push_str("250 taken\r\n");
            }
            nobody = false;
        } else {
            answers.push_str("250 well\r\n");
        }
        let silent = manner.pipelining && matches!(word, "MAIL" | "RCPT");
        if !silent {
            writing.write_all(std::mem::take(&mut answers).as_bytes()).await?;
        }
        if word == "RSET" {
            nobody = false;
        }
        if word == "DATA" && manner.brief {
            return Ok(());
        }
    }
}

fn config(server: SocketAddr, security: Security) -> MailConfig {
    MailConfig {
        host: server.ip().to_string(),
        port: server.port(),
        security,
        from: "Quay Bakery <status@quay.example>".parse().expect("a mailbox"),
        login: None,
        connections: 1,
        dkim: None,
    }
}

fn mailer(server: SocketAddr) -> Mailer {
    Mailer::new(&config(server, Security::None)).expect("a way")
}

fn mail(to: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: "Ovens are cold".to_owned(),
        text: ".\r\n..first\r\nWe look into it.".to_owned(),
        html: "<p>We look into it.</p>".to_owned(),
        key: "msg_1".to_owned(),
        thread: "thread".to_owned(),
        unsubscribe_url: None,
        at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn one_session_carries_all_mails_whatever_becomes_of_each() {
    for pipelining in [true, false] {
        let (address, seen) = server(Manner { pipelining, brief: false }).await;
        let mailer = mailer(address);
        for _ in 0..2 {
            let taken = mailer.send(&mail("reader@readers.example")).await;
            assert!(matches!(taken, Verdict::Delivered(_)), "{taken:?}");
            let refused = mailer.send(&mail("nobody@readers.example")).await;
            assert!(matches!(&refused, Verdict::Refused(why) if why.contains("5.1.1")), "{refused:?}");
        }
        let (connections, mails) = seen.change(|seen| seen.clone());
        assert_eq!((connections, mails.len()), (1, 2), "pipelining: {pipelining}");
        // Lines that begin with a dot have one more on their way.
        assert!(mails[0].contains("\r\n..\r\n...first\r\nWe look"), "{}", mails[0]);
        assert!(mails[0].contains("Message-ID: <msg_1@quay.example>"), "{}", mails[0]);
    }
}

#[tokio::test]
async fn a_session_that_the_server_ended_is_opened_anew_and_the_mail_leaves() {
    for pipelining in [true, false] {
        let (address, seen) = server(Manner { pipelining, brief: true }).await;
        let mailer = mailer(address);
        for _ in 0..3 {
            let taken = mailer.send(&mail("reader@readers.example")).await;
            assert!(matches!(taken, Verdict::Delivered(_)), "{taken:?}");
        }
        assert_eq!(seen.change(|seen| (seen.0, seen.1.len())), (3, 3), "pipelining: {pipelining}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let verdict = mailer(address).send(&mail("reader@readers.example")).await;
    assert!(matches!(verdict, Verdict::Retry { .. }), "{verdict:?}");
}
