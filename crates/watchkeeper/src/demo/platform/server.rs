//! A mongod of the demo's own, on loopback, with its files under the demo's folder.
//!
//! A small shell supervises it and ends it when the pipe from us closes: however the demo ends, even by `kill -9`, its
//! servers end with it and their files go. The shell also passes on signals, since only the parent of a process can be
//! sure that a number still means it. Never signals a process that it did not start.

use anyhow::Context as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// `$0` is the folder, `$1` the processor, the rest is the program. Signals are words, one on a line.
///
/// Each server has one processor, where that can be had: on a machine of its own a storm of searches would not keep the
/// other environment, the application and the watch from running.
const SUPERVISOR: &str = r#"
pin="taskset -c $1"
$pin true 2>/dev/null || pin=
shift
$pin "$@" </dev/null >/dev/null 2>&1 &
while read -r signal; do kill -s "$signal" $!; done
kill -s KILL $!
wait
rm -rf -- "$0"
"#;

/// Gigabytes of cache: the data fit in, and two servers and a laptop stay friends.
const CACHE_GB: &str = "0.25";

/// A mongod. It ends when this is dropped.
pub(super) struct Server {
    port: u16,
    supervisor: Child,
    /// Closing it ends the server; there until this is dropped.
    words: Option<ChildStdin>,
}

impl Server {
    /// Starts `mongod` on a processor, by number, with its files in `folder`, which is made. It answers a moment later.
    pub(super) fn start(mongod: &Path, processor: usize, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let port = free_port()?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(SUPERVISOR).arg(folder).arg(processor.to_string()).arg(mongod);
        command.arg("--dbpath").arg(folder).arg("--logpath").arg(folder.join("mongod.log"));
        command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", CACHE_GB]);
        command.args(["--port", &port.to_string()]);
        // A group of its own: Ctrl-C at the terminal is for the demo, which ends its servers last.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut supervisor = command.spawn().context("cannot start `sh`, which supervises mongod")?;
        let words = supervisor.stdin.take();
        Ok(Self { port, supervisor, words })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops the process where it stands, like a machine that hangs.
    pub(super) fn freeze(&mut self) -> anyhow::Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on.
    pub(super) fn thaw(&mut self) -> anyhow::Result<()> {
        self.signal("CONT")
    }

    /// Ends it and removes its files. A second time changes nothing.
    pub(super) fn end(&mut self) {
        drop(self.words.take());
        // It has been told to end, and cannot refuse.
        let _ = self.supervisor.wait();
    }

    fn signal(&mut self, word: &str) -> anyhow::Result<()> {
        let words = self.words.as_mut().context("the server was stopped")?;
        writeln!(words, "{word}").context("the server ended by itself")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that nobody has at the moment; mongod takes no 0.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener.local_addr()?.port())
}
