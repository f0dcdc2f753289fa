//! A modelled deployment: its servers, the traffic, and what happens to it.

use super::dice::{Dice, float, whole};
use super::load::{NAMESPACES, SHAPES, Spread, of_the_hour};
use super::scene::{Event, TICK, What};
use super::server::{Condition, Hang, Server};
use domain::reads::{Answer, Failure, Group, Path, Role};

/// Looks are given up after this, in microseconds.
pub(crate) const DEADLINE: i64 = 9_000_000;
/// So long the old primary is away after another took over, in microseconds.
const AWAY: i64 = 60_000_000;

/// What a deployment is like.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) nodes: usize,
    pub(crate) namespaces: usize,
    /// Operations a second at noon.
    pub(crate) load: f64,
    /// Length of an hour, in seconds, of a day that begins at midnight; without one it is always noon.
    pub(crate) hour_secs: Option<f64>,
    /// Median of a hot read, in microseconds: how far away the servers are.
    pub(crate) distance_us: f64,
    /// Whether the watcher sees the processes.
    pub(crate) host: bool,
    /// Whether a primary that steps down closes all connections, as it did before 4.2.
    pub(crate) closes: bool,
    /// Share of the traffic that each secondary gets.
    pub(crate) spread: f64,
}

impl Setting {
    /// One chosen by chance.
    pub(crate) fn by(dice: &mut Dice) -> Self {
        Self {
            nodes: *dice.pick(&[1, 1, 2, 3]),
            namespaces: *dice.pick(&[3, 4, 5]),
            load: dice.between(80.0, 600.0),
            hour_secs: None,
            distance_us: *dice.pick(&[400.0, 1_200.0, 1_200.0, 3_000.0]),
            host: dice.chance(0.5),
            closes: false,
            spread: 0.0,
        }
    }
}

/// What becomes of a look: after how many microseconds it ends, and how.
pub(crate) type Fate = (i64, Result<(), Failure>);

/// The deployment.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) setting: Setting,
    pub(crate) servers: Vec<Server>,
    events: Vec<Event>,
    active: Vec<Event>,
    spreads: Vec<Spread>,
    primary: Option<usize>,
    at: i64,
    pub(crate) dice: Dice,
}

impl Deployment {
    pub(crate) fn new(setting: Setting, events: Vec<Event>, mut dice: Dice) -> Self {
        let spreads = SHAPES.iter().map(|shape| Spread::of(shape, &mut dice)).collect();
        let alone = setting.nodes == 1 && dice.chance(0.5);
        let first = if alone { Role::Standalone } else { Role::Primary };
        let role = |index| if index == 0 { first } else { Role::Secondary };
        let servers = (0..setting.nodes).map(|index| Server::new(role(index))).collect();
        Self { setting, servers, events, active: Vec::new(), spreads, primary: Some(0), at: 0, dice }
    }

    /// Lives until `to`.
    pub(crate) fn advance(&mut self, to: i64) {
        while self.at + TICK <= to {
            self.tick();
            self.at += TICK;
        }
    }

    fn tick(&mut self) {
        let at = self.at;
        let (gone, on): (Vec<Event>, Vec<Event>) =
            std::mem::take(&mut self.active).into_iter().partition(|event| !event.is_on(at));
        self.active = on;
        for event in gone {
            self.ended(&event, at);
        }
        let begun: Vec<Event> = self.events.iter().filter(|event| event.from == at).cloned().collect();
        for event in &begun {
            if matches!(event.what, What::StepDown(_) | What::NoPrimary(_)) {
                self.demote();
            }
        }
        self.active.extend(begun);
        for index in 0..self.servers.len() {
            let condition = self.condition(index, at);
            let was_dead = self.servers[index].condition.dead.is_some();
            let is_dead = condition.dead.is_some();
            self.servers[index].condition = condition;
            if was_dead && !is_dead {
                self.servers[index].boot(at);
                self.servers[index].role = self.role_after_boot(index);
            }
            self.servers[index].tick(at + TICK, &self.spreads, &mut self.dice);
        }
    }

    fn role_after_boot(&self, index: usize) -> Role {
        match (self.primary == Some(index), self.servers.len()) {
            (true, 1) => Role::Standalone,
            (true, _) => Role::Primary,
            (false, _) => Role::Secondary,
        }
    }

    fn demote(&mut self) {
        if let Some(index) = self.primary.take() {
            self.servers[index].role = Role::Secondary;
        }
    }

    /// Leaves behind what an event leaves behind.
    fn ended(&mut self, event: &Event, at: i64) {
        let age = at - event.from;
        match event.what {
            What::StepDown(to) | What::NoPrimary(to) => {
                self.primary = Some(to);
                self.servers[to].role = Role::Primary;
            }
            What::Report => {
                self.on_primary(|server| {
                    server.complete(true, age);
                    server.examined(2_000_000.0);
                });
            }
            What::PileUp(rate) => {
                let many = whole(rate * float(age) / 1e6);
                let each = age / many.max(1);
                self.on_primary(|server| (0..many).for_each(|index| server.complete(true, index * each)));
            }
            What::Tickets(tickets) => {
                self.on_primary(|server| (0..tickets).for_each(|_| server.complete(true, age)));
            }
            _ => {}
        }
    }

    fn on_primary(&mut self, act: impl FnOnce(&mut Server)) {
        if let Some(index) = self.primary {
            act(&mut self.servers[index]);
        }
    }

    /// Share of the traffic of noon.
    fn hour(&self, at: i64) -> f64 {
        self.setting.hour_secs.map_or(1.0, |hour| of_the_hour(float(at) / 1e6 / hour))
    }

    fn condition(&mut self, index: usize, at: i64) -> Condition {
        let is_primary = self.primary == Some(index);
        let second = at / 1_000_000;
        let share = if is_primary { 1.0 } else { self.setting.spread };
        let mut condition = Condition {
            arrivals: self.setting.load * self.hour(at) * share,
            checkpoint: second.rem_euclid(60) < 4,
            ..Condition::default()
        };
        if condition.checkpoint {
            condition.slow = 1.4;
            condition.page = 1.6;
        }
        if second.rem_euclid(60) == 30 && is_primary {
            condition.extra.push(ttl());
        }
        if self.servers.len() > 1 {
            condition.extra.push(tail(at));
        }
        let active = std::mem::take(&mut self.active);
        for event in &active {
            apply(event, &mut condition, (index, is_primary), at, self.servers.len());
        }
        self.active = active;
        // The old primary is away for a while after an election.
        let away = |event: &Event| matches!(event.what, What::NoPrimary(_)) && index == 0;
        let event = self.events.iter().find(|event| away(event) && event.from <= at);
        if let Some(event) = event.filter(|event| at < event.until + AWAY) {
            condition.dead = Some(event.until + AWAY);
        }
        condition.cpu += condition.arrivals / 1_500.0;
        condition
    }

    /// What becomes of a look that begins at `began`; on the application's way, `node` is `None`.
    pub(crate) fn fate(&mut self, node: Option<usize>, path: &Path, began: i64) -> Fate {
        let usual = self.duration(node, path);
        let usual = self.served_by(began, usual, path);
        let Some(index) = node else { return self.app_fate(usual, began) };
        let condition = &self.servers[index].condition;
        if condition.dead.is_some() {
            return if *path == Path::Host { (400, Ok(())) } else { (600, Err(Failure::Refused)) };
        }
        if *path == Path::Host {
            return (400, Ok(()));
        }
        if let Some(until) = condition.frozen {
            return hung(until, usual, began, Failure::TimedOut);
        }
        if *path == Path::Fresh && condition.exhausted.is_some() {
            return (usual, Err(Failure::Closed));
        }
        let hangs = matches!(
            (condition.hang, path),
            (Some(Hang::Disk), Path::Cold(_))
                | (Some(Hang::Lock | Hang::Ticket), Path::Hot(_) | Path::Cold(_))
        );
        if hangs {
            return hung(condition.hangs_until, usual, began, Failure::TimedOut);
        }
        if self.closes_connections(index, began) && *path != Path::Fresh {
            return (usual, Err(Failure::Closed));
        }
        (usual, Ok(()))
    }

    /// A read from a slow disk does not take longer than the disk is slow, but for the page at which it is.
    fn served_by(&self, began: i64, usual: i64, path: &Path) -> i64 {
        let slow = self.active.iter().find(|event| matches!(event.what, What::SlowDisk(_)));
        match (path, slow) {
            (Path::Cold(_), Some(event)) => usual.min(event.until - began + 200_000),
            _ => usual,
        }
    }

    /// Before 4.2 a primary that steps down closes every connection.
    fn closes_connections(&self, index: usize, began: i64) -> bool {
        let just = |event: &Event| {
            matches!(event.what, What::StepDown(_)) && began - event.from < TICK && index == 0
        };
        self.setting.closes && self.active.iter().any(just)
    }

    fn app_fate(&mut self, usual: i64, began: i64) -> Fate {
        for event in &self.active {
            match event.what {
                What::AppCut { fails: true } => {
                    return (
                        2_000_000.min(event.until - began + usual),
                        Err(Failure::Unreachable("no route".into())),
                    );
                }
                What::AppCut { fails: false } => return hung(event.until, usual, began, Failure::TimedOut),
                What::StepDown(_) | What::NoPrimary(_) => {
                    return hung(event.until, usual + 40_000, began, Failure::NoServer);
                }
                _ => {}
            }
        }
        let Some(index) = self.primary else { return (8_000_000, Err(Failure::NoServer)) };
        let condition = &self.servers[index].condition;
        if let Some(until) = condition.dead.or(condition.frozen) {
            return hung(until, usual, began, Failure::NoServer);
        }
        match condition.hang {
            Some(Hang::Lock | Hang::Ticket) => hung(condition.hangs_until, usual, began, Failure::TimedOut),
            _ => (usual, Ok(())),
        }
    }

    /// How long a look takes when nothing is wrong.
    fn duration(&mut self, node: Option<usize>, path: &Path) -> i64 {
        let far = self.setting.distance_us;
        let index = node.or(self.primary).unwrap_or(0);
        let (slow, page) = (self.servers[index].condition.slow, self.servers[index].condition.page);
        let dice = &mut self.dice;
        // Now and then a probe meets a checkpoint or a scheduler.
        let bump = if dice.chance(0.004) { dice.between(5_000.0, 80_000.0) } else { 0.0 };
        let us = match path {
            Path::Hello => dice.about(far * 0.7, 0.4),
            Path::Fresh => dice.about(far * 1.8, 0.4),
            Path::Hot(_) | Path::App => dice.about(far * slow.min(4.0), 0.4) + bump,
            Path::Cold(_) => {
                let slow_disk = if page > 4.0 { 3.0 } else { 1.0 };
                dice.about(far * slow + 1_500.0 * page * slow_disk, 0.5) + bump
            }
            Path::Counters => dice.about(far + 1_200.0, 0.3),
            Path::InFlight => dice.about(far + 1_000.0, 0.4),
            Path::Top | Path::Profile | Path::Log => dice.about(far + 800.0, 0.4),
            Path::Host => 400.0,
        };
        whole(us).max(50)
    }

    /// What a look along this path brings back at `at`.
    pub(crate) fn answer(&mut self, node: Option<usize>, path: &Path, at: i64, took: i64) -> Answer {
        self.advance(at);
        let Some(index) = node else {
            self.on_primary(|server| server.complete(true, took.min(500)));
            return Answer::Read;
        };
        let server = &mut self.servers[index];
        match path {
            Path::Hello | Path::Fresh => Answer::Role(server.role),
            Path::Hot(_) | Path::Cold(_) | Path::App => {
                server.complete(true, took.min(500));
                Answer::Read
            }
            Path::Counters => Answer::Counters(Box::new(server.counters(at, self.setting.nodes > 1))),
            Path::InFlight => Answer::InFlight(Box::new(server.in_flight(at, &self.spreads, &mut self.dice))),
            Path::Top => Answer::Top(server.top(self.setting.namespaces)),
            // Nothing here is slow enough to be written down.
            Path::Profile | Path::Log => Answer::Finished(vec![]),
            Path::Host => Answer::Host(server.host()),
        }
    }
}

/// A look that hangs until then, or is given up.
fn hung(until: i64, usual: i64, began: i64, failure: Failure) -> Fate {
    let took = until - began + usual;
    if took > DEADLINE { (DEADLINE, Err(failure)) } else { (took, Ok(())) }
}

/// One operation in flight.
fn operation(namespace: &str, command: &str, plan: &str, age: i64, many: i64) -> Group {
    let mut group = Group {
        namespace: namespace.into(),
        command: command.into(),
        shape: format!("{command} {plan}").into(),
        app: "shop-jobs".into(),
        plan: plan.into(),
        reads: true,
        ..Group::default()
    };
    for index in 0..many {
        let age = age - age * index / many;
        group.add(age, false, age / 8_000);
    }
    group
}

fn ttl() -> Group {
    Group { internal: true, reads: false, ..operation("shop.carts", "delete", "", 300_000, 1) }
}

fn tail(at: i64) -> Group {
    Group { tailing: true, ..operation("local.oplog.rs", "getMore", "", at.rem_euclid(5_000_000), 1) }
}

/// What an event does to a server at a moment.
fn apply(
    event: &Event,
    condition: &mut Condition,
    (index, is_primary): (usize, bool),
    at: i64,
    servers: usize,
) {
    let age = at - event.from + TICK;
    match event.what {
        What::Restart(which) if which == index => condition.dead = Some(event.until),
        What::Backup if index == servers - 1 => {
            condition.extra.push(operation(NAMESPACES[0], "getMore", "COLLSCAN", age.min(250_000), 1));
            condition.pages += 300.0;
            condition.scanned += 15_000.0;
            condition.page *= 1.3;
            condition.cpu += 0.2;
        }
        What::Import if is_primary => {
            condition.writes += 2_500.0;
            condition
                .extra
                .push(Group { reads: false, ..operation("shop.catalogue", "insert", "", 30_000, 4) });
            condition.cpu += 0.4;
            condition.page *= 1.3;
        }
        What::IndexBuild => {
            condition.extra.push(Group {
                reads: false,
                message: "Index Build (background)".into(),
                ..operation(NAMESPACES[1], "createIndexes", "", age, 1)
            });
            condition.pages += 200.0;
            condition.page *= 1.4;
            condition.cpu += 0.5;
        }
        _ if !is_primary => {}
        What::Peak(times) => {
            condition.arrivals *= times;
            condition.slow *= 1.2;
        }
        What::Idle => condition.arrivals = 0.0,
        What::Cron => {
            condition.arrivals *= 1.5;
            condition.extra.push(operation(NAMESPACES[0], "aggregate", "IXSCAN", 350_000, 3));
            condition.cpu += 0.3;
        }
        What::Report => {
            condition.extra.push(operation("shop.history", "aggregate", "COLLSCAN", age, 1));
            condition.pages += 250.0;
            condition.page *= 1.3;
            condition.cpu += 0.6;
        }
        What::Deploy(connections) => {
            condition.made = connections * 1e6 / float(event.until - event.from);
        }
        _ => harm(event, condition, age),
    }
}

/// What a fault does to the primary.
fn harm(event: &Event, condition: &mut Condition, age: i64) {
    let until = event.until;
    let hang = |condition: &mut Condition, hang| {
        condition.hang = Some(hang);
        condition.hangs_until = until;
    };
    match event.what {
        What::Locked => {
            hang(condition, Hang::Lock);
            let holder = operation(NAMESPACES[0], "createIndexes", "", age, 1);
            let message = "Index Build: 1200/90000 1%".into();
            condition.extra.push(Group { reads: false, exclusive_us: age, message, ..holder });
            condition.cpu += 0.8;
        }
        What::Frozen => condition.frozen = Some(until),
        What::Refused => condition.dead = Some(until),
        What::AppCut { .. } => condition.arrivals = 0.0,
        What::DiskBlocked => hang(condition, Hang::Disk),
        What::PileUp(rate) => {
            let many = whole(rate * float(age) / 1e6);
            condition.extra.push(operation(NAMESPACES[2], "find", "COLLSCAN", age, many));
            let crowd = float(many);
            condition.pages += 600.0 + 10.0 * crowd;
            condition.page *= 1.0 + crowd / 6.0;
            condition.slow *= 1.0 + crowd / 20.0;
            condition.cpu += 1.2;
        }
        What::Tickets(tickets) => {
            hang(condition, Hang::Ticket);
            condition.tickets = tickets;
            let hogs = operation(NAMESPACES[2], "find", "COLLSCAN", age, i64::from(tickets));
            condition.extra.push(hogs);
            condition.cpu += 1.0;
            condition.pages += 500.0;
        }
        What::Exhausted => condition.exhausted = Some(until),
        What::SlowDisk(ms) => condition.page = ms / 0.7,
        _ => {}
    }
}
