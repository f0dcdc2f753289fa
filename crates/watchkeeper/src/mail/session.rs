//! One session with the mail server. Where the server lets us, sender, receiver and `DATA` go in one piece, so that a
//! mail takes two round trips and not four. A mail and its end go in one piece always: two would wait for the server's
//! delayed acknowledgement in between, which made it 25 mails a second.
//!
//! Never begins a mail that the server has not asked for.

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;

/// A session, ready for the next mail.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
    /// Whether several commands may go at once (RFC 2920).
    pipelining: bool,
}

impl Session {
    /// On a connection that has said hello.
    pub(super) async fn begin(
        mut connection: AsyncSmtpConnection,
        hello: &ClientId,
        login: Option<&Credentials>,
    ) -> Result<Self, SmtpError> {
        if let Some(login) = login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        // Asked again, because the library keeps of the first answer only what it uses itself.
        let offers = connection.command(Ehlo::new(hello.clone())).await?;
        let pipelining = offers.message().any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
        Ok(Self { connection, pipelining })
    }

    /// Says from whom and to whom, up to where the server asks for the mail.
    pub(super) async fn offer(&mut self, envelope: &Envelope) -> Result<(), SmtpError> {
        let commands = self.commands(envelope);
        let answers = self.exchange(&commands).await?;
        let asked_for = answers.len() == commands.len() && answers.last().is_some_and(Result::is_ok);
        let Some(refused) = answers.into_iter().find_map(Result::err) else { return Ok(()) };
        if asked_for {
            // It has taken `DATA` although nobody is to get it: an empty mail, which it refuses.
            let _refused = self.connection.command("\r\n.\r\n").await;
        }
        self.connection.command(Rset).await?;
        Err(refused)
    }

    /// What the server answers to each command, up to the first refusal where it hears them one by one. An error is
    /// the end of the session.
    async fn exchange(&mut self, commands: &[String]) -> Result<Vec<Result<Response, SmtpError>>, SmtpError> {
        let at_once = [commands.concat()];
        let pieces = if self.pipelining { &at_once } else { commands };
        let mut answers: Vec<Result<Response, SmtpError>> = Vec::with_capacity(commands.len());
        for number in 0..commands.len() {
            let answer = match pieces.get(number) {
                Some(_) if answers.iter().any(Result::is_err) => break,
                Some(piece) => self.connection.command(piece).await,
                None => self.connection.read_response().await,
            };
            match answer {
                Err(error) if error.status().is_none() => return Err(error),
                answer => answers.push(answer),
            }
        }
        Ok(answers)
    }

    fn commands(&self, envelope: &Envelope) -> Vec<String> {
        let receivers = envelope.to().iter().map(|to| Rcpt::new(to.clone(), Vec::new()).to_string());
        let receivers: Vec<String> = receivers.collect();
        // What a mail holds is ASCII as it is written; addresses need not be.
        let beyond_ascii = receivers.iter().any(|receiver| !receiver.is_ascii())
            && self.connection.server_info().supports_feature(Extension::SmtpUtfEight);
        let options = if beyond_ascii { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        let mut commands = vec![Mail::new(envelope.from().cloned(), options).to_string()];
        commands.extend(receivers);
        commands.push(Data.to_string());
        commands
    }

    /// Hands over the mail that the server asked for.
    pub(super) async fn hand_over(&mut self, mail: &[u8]) -> Result<Response, SmtpError> {
        let mail = String::from_utf8_lossy(mail);
        // A line that begins with a dot has another one before it on its way (RFC 5321, 4.5.2).
        let mail = mail.replace("\r\n.", "\r\n..");
        self.connection.command(format!("{}\r\n.\r\n", mail.strip_suffix("\r\n").unwrap_or(&mail))).await
    }
}
