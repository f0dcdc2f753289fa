//! A PostgreSQL of our own for one run of the tests: temporary files, loopback only, a free port, real `fsync`.
//!
//! The server hangs on a pipe held by this process (see `postgres.sh`), so it stops with us whichever way we end.
//! Never touches a PostgreSQL that was there before.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::packages;

/// The variable under which tests find the server.
pub(crate) const ADDRESS_VARIABLE: &str = "WATCHKEEPER_TEST_POSTGRES";

/// A running server; dropping it stops the server and removes its files.
pub(crate) struct Server {
    supervisor: Child,
    address: String,
}

impl Server {
    /// Creates a cluster and starts it.
    pub(crate) fn start() -> Result<Self> {
        let initdb = packages::find("initdb").context("`initdb` is missing")?.canonicalize()?;
        let programs = initdb.parent().context("`initdb` has no folder")?;
        let port = free_port()?;
        let mut supervisor = supervisor(programs, port)?
            // Its own process group: Ctrl-C reaches us, the pipe closes, and the script cleans up in peace.
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start PostgreSQL's supervisor")?;
        let mut printed = BufReader::new(supervisor.stdout.take().context("no pipe to PostgreSQL")?);
        let mut line = String::new();
        printed.read_line(&mut line)?;
        if line != "ready\n" {
            printed.read_to_string(&mut line)?;
            let status = supervisor.wait()?;
            bail!("PostgreSQL did not start ({status}): {}", line.trim());
        }
        Ok(Self { supervisor, address: format!("postgres://postgres@127.0.0.1:{port}/postgres") })
    }

    /// What the tests connect to.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            eprintln!("cannot wait for PostgreSQL to stop: {error}");
        }
    }
}

/// The script, as an ordinary user: PostgreSQL refuses to run as root.
fn supervisor(programs: &Path, port: u16) -> Result<Command> {
    let mut command = if packages::is_root() {
        let user = ["postgres", "nobody"]
            .into_iter()
            .find(|user| packages::user_number(&["-u", user]).is_some())
            .context("PostgreSQL refuses root and there is no user `postgres` or `nobody`")?;
        let user_id = packages::user_number(&["-u", user]).unwrap_or_default();
        let group_id = packages::user_number(&["-g", user]).unwrap_or_default();
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user_id}")).arg(format!("--regid={group_id}")).arg("--clear-groups");
        command.arg("sh");
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", include_str!("postgres.sh"), "postgres.sh"]).arg(programs).arg(port.to_string());
    Ok(command)
}

/// A port nobody listens on now. Another program may take it before the server does; then the start fails loudly.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
