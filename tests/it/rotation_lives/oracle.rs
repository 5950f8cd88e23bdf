//! What `docs/rotation.md` says, worked out from that page alone: accounts, who can host, the plain order and what is
//! kept, and the reasons. Turns are counted in thousandths.
use chrono::NaiveDate;

pub const TURN: i64 = 1000;

#[derive(Debug, Clone)]
pub struct Member {
    /// Its position in the order, and what decides among equals.
    pub place: (i64, String),
    pub joined: NaiveDate,
    pub left: Option<NaiveDate>,
    /// First and last days.
    pub blackouts: Vec<(NaiveDate, NaiveDate)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Open,
    /// Held or forfeited, if counted.
    Settled {
        counted: bool,
    },
    GivenBack,
}

/// The turn of a meeting.
#[derive(Debug, Clone)]
pub struct Turn {
    pub day: NaiveDate,
    pub kind: Kind,
    pub due: Option<usize>,
    pub host: Option<usize>,
    /// The host that was set for an open meeting.
    pub pin: Option<usize>,
    pub named: Vec<usize>,
    pub confirmed: bool,
    pub near: bool,
}

/// A share of the turns: from that day on, in percent.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    pub city: usize,
    pub from: NaiveDate,
    pub percent: i64,
}

/// A cooperation and the turns of its series in the order of time.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub members: Vec<Member>,
    pub turns: Vec<Turn>,
    pub shares: Vec<Share>,
}

/// Who keeps what when something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    All,
    Near,
    Confirmed,
}

/// The accounts before a turn.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub turns: Vec<i64>,
    pub credit: Vec<i64>,
    /// The number of each city's last turn among those charged.
    pub last: Vec<Option<usize>>,
    /// The day of that turn.
    pub last_day: Vec<Option<NaiveDate>>,
    credited: Vec<bool>,
    charged: usize,
    first: Option<NaiveDate>,
}

impl World {
    pub fn takes_part(&self, city: usize, day: NaiveDate) -> bool {
        let member = &self.members[city];
        member.joined <= day && member.left.is_none_or(|left| day < left)
    }

    pub fn has_blackout(&self, city: usize, day: NaiveDate) -> bool {
        let mut all = self.members[city].blackouts.iter();
        all.any(|(from, until)| *from <= day && day <= *until)
    }

    pub fn can_host(&self, city: usize, day: NaiveDate) -> bool {
        self.takes_part(city, day) && !self.has_blackout(city, day)
    }

    pub fn cities(&self) -> std::ops::Range<usize> {
        0..self.members.len()
    }

    /// The share of a city in percent.
    pub fn share(&self, city: usize, day: NaiveDate) -> i64 {
        let own = self.shares.iter();
        let own = own.filter(|share| share.city == city && share.from <= day);
        own.max_by_key(|share| share.from)
            .map_or(100, |share| share.percent)
    }

    pub fn has_equal_shares(&self, day: NaiveDate) -> bool {
        let present = self.cities().filter(|city| self.takes_part(*city, day));
        let shares: Vec<i64> = present.map(|city| self.share(city, day)).collect();
        shares.windows(2).all(|two| two[0] == two[1])
    }

    /// The host that was set, if it takes part.
    pub fn pinned(&self, turn: &Turn) -> Option<usize> {
        turn.pin.filter(|host| self.takes_part(*host, turn.day))
    }

    /// The co-hosts that take effect.
    pub fn cohosts(&self, turn: &Turn) -> Vec<usize> {
        let host = match turn.kind {
            Kind::Open => self.pinned(turn),
            _ => turn.host,
        };
        let held = turn.kind == Kind::Settled { counted: true };
        let named = turn.named.iter().copied();
        let others = named.filter(|city| Some(*city) != host && Some(*city) != turn.due);
        others
            .filter(|city| held || self.takes_part(*city, turn.day))
            .collect()
    }

    /// To whom a turn is charged.
    pub fn charges(&self, turn: &Turn, due: Option<usize>) -> Vec<(usize, i64)> {
        let Some(due) = due.filter(|_| turn.kind != Kind::GivenBack) else {
            return Vec::new();
        };
        let mut cohosts = self.cohosts(turn);
        cohosts.retain(|city| *city != due);
        let part = TURN / (i64::try_from(cohosts.len()).unwrap() + 1);
        let mut all: Vec<(usize, i64)> = cohosts.iter().map(|city| (*city, part)).collect();
        let rest = TURN - all.iter().map(|(_, part)| part).sum::<i64>();
        all.push((due, rest));
        all
    }

    /// The accounts before the turn at that place, with these municipalities due.
    pub fn accounts(&self, place: usize, dues: &[Option<usize>]) -> Accounts {
        let mut accounts = Accounts {
            turns: vec![0; self.members.len()],
            credit: vec![0; self.members.len()],
            last: vec![None; self.members.len()],
            last_day: vec![None; self.members.len()],
            credited: vec![false; self.members.len()],
            charged: 0,
            first: self.turns.first().map(|turn| turn.day),
        };
        for (turn, due) in self.turns[..place].iter().zip(dues) {
            accounts.welcome(self, turn.day);
            accounts.charge(self, turn, *due);
        }
        if let Some(turn) = self.turns.get(place) {
            accounts.welcome(self, turn.day);
        }
        accounts
    }

    pub fn dues(&self) -> Vec<Option<usize>> {
        self.turns.iter().map(|turn| turn.due).collect()
    }

    /// Whether the turn of an open meeting is fixed: by a confirmation, a pin or co-hosts.
    pub fn is_firm(&self, turn: &Turn) -> bool {
        let cohosts = self.cohosts(turn);
        let named = turn.due.is_some_and(|due| turn.named.contains(&due));
        let due = turn.due.filter(|due| self.can_host(*due, turn.day));
        let agreed = turn.confirmed || self.pinned(turn).is_some() || !cohosts.is_empty();
        turn.kind == Kind::Open && due.is_some() && !named && agreed
    }

    /// Whether a turn cannot be planned otherwise.
    pub fn is_given(&self, turn: &Turn) -> bool {
        self.given(turn).is_some()
    }

    fn given(&self, turn: &Turn) -> Option<usize> {
        match turn.kind {
            Kind::GivenBack => None,
            Kind::Settled { .. } => turn.due,
            Kind::Open => turn.due.filter(|_| self.is_firm(turn)),
        }
    }

    /// Whether nothing in the facts speaks against the plain order.
    pub fn is_plain(&self) -> bool {
        let mut open = self.turns.iter().filter(|turn| turn.kind == Kind::Open);
        open.all(|turn| {
            let mut present = self
                .cities()
                .filter(|city| self.takes_part(*city, turn.day));
            present.all(|city| !self.has_blackout(city, turn.day))
                && self.has_equal_shares(turn.day)
                && self.cohosts(turn).is_empty()
        })
    }

    /// Who is due at each turn by the plain order, with some of the present turns kept; nothing if it does not apply.
    pub fn plain(&self, keeps: Keeps) -> Option<Vec<Option<usize>>> {
        if !self.is_plain() {
            return None;
        }
        let kept = keeps == Keeps::All;
        match self.walk(keeps) {
            (Some(plan), _, true) if kept => Some(plan),
            _ if kept => self.walk(Keeps::Near).0,
            (plan, ..) => plan,
        }
    }

    /// The plan, if the given turns are in order; and whether all turns were kept.
    fn walk(&self, keeps: Keeps) -> (Option<Vec<Option<usize>>>, bool, bool) {
        let (mut dues, mut in_order, mut kept, mut begun) = (Vec::new(), true, true, false);
        for (place, turn) in self.turns.iter().enumerate() {
            let at = At {
                world: self,
                accounts: self.accounts(place, &dues),
                turn,
                next: self.next_given(place),
            };
            if turn.kind == Kind::Open && !begun {
                begun = true;
                in_order &= at.differ_by_less_than_two();
            }
            if let Some(due) = self.given(turn) {
                in_order &= !begun || at.able().is_empty() || at.keeps(due);
                dues.push(Some(due));
                continue;
            }
            if turn.kind != Kind::Open {
                dues.push(None);
                continue;
            }
            let stays = match keeps {
                Keeps::All => true,
                Keeps::Near => turn.near,
                Keeps::Confirmed => false,
            };
            let due = turn.due.filter(|due| stays && at.keeps(*due));
            let soon = |city: usize| {
                let later = self.turns[place + 1..].iter();
                let mut kept = later
                    .filter(|turn| turn.kind == Kind::Open && (keeps == Keeps::All || turn.near));
                let soon = kept.position(|turn| turn.due == Some(city));
                soon.filter(|_| stays).unwrap_or(usize::MAX)
            };
            let due = due.or_else(|| at.first(soon));
            kept &= turn.due.is_none() || turn.due == due;
            dues.push(due);
        }
        (in_order.then_some(dues), in_order, kept)
    }

    /// Who has the next turn, if that is settled or fixed.
    fn next_given(&self, place: usize) -> Option<usize> {
        let mut later = self.turns[place + 1..].iter();
        let next = later.find(|turn| turn.kind != Kind::GivenBack)?;
        self.given(next)
    }
}

impl Accounts {
    /// Gives their credit to those that have joined by the day of a meeting.
    fn welcome(&mut self, world: &World, day: NaiveDate) {
        let first = self.first.unwrap_or(day);
        let joined = |city: usize| world.members[city].joined;
        let mut new: Vec<usize> = world.cities().collect();
        new.retain(|city| !self.credited[*city] && joined(*city) > first && joined(*city) <= day);
        new.sort_by_key(|city| (joined(*city), world.members[*city].place.clone()));
        for city in new {
            let on = joined(city);
            let before = on.pred_opt().unwrap();
            let others = world.cities().filter(|other| {
                *other != city && world.takes_part(*other, on) && world.takes_part(*other, before)
            });
            let others: Vec<i64> = others.map(|other| self.balance(other)).collect();
            let count = i64::try_from(others.len()).unwrap();
            if count > 0 {
                self.credit[city] = others.iter().sum::<i64>().div_euclid(count);
            }
            self.credited[city] = true;
        }
    }

    fn charge(&mut self, world: &World, turn: &Turn, due: Option<usize>) {
        for (city, part) in world.charges(turn, due) {
            self.turns[city] += part;
        }
        if let Some(due) = due.filter(|_| turn.kind != Kind::GivenBack) {
            self.charged += 1;
            self.last[due] = Some(self.charged);
            self.last_day[due] = Some(turn.day);
        }
    }

    pub fn balance(&self, city: usize) -> i64 {
        self.turns[city] + self.credit[city]
    }

    pub fn had_previous(&self, city: usize) -> bool {
        self.last[city].is_some_and(|last| last == self.charged)
    }
}

/// An open meeting, and the accounts before it.
struct At<'a> {
    world: &'a World,
    accounts: Accounts,
    turn: &'a Turn,
    next: Option<usize>,
}

impl At<'_> {
    fn able(&self) -> Vec<usize> {
        let cohosts = self.world.cohosts(self.turn);
        let able = self.world.cities();
        able.filter(|city| self.world.can_host(*city, self.turn.day) && !cohosts.contains(city))
            .collect()
    }

    fn in_a_row(&self, city: usize) -> bool {
        self.accounts.had_previous(city) || self.next == Some(city)
    }

    fn keeps(&self, due: usize) -> bool {
        let able = self.able();
        let balance = |city: &usize| self.accounts.balance(*city);
        let others = able.iter().filter(|city| !self.in_a_row(**city));
        let fair = others
            .map(balance)
            .min()
            .is_none_or(|least| !self.in_a_row(due) && balance(&due) < least + TURN);
        able.contains(&due) && fair
    }

    fn first(&self, soon: impl Fn(usize) -> usize) -> Option<usize> {
        let able = self.able();
        let fresh: Vec<usize> = able
            .iter()
            .copied()
            .filter(|city| !self.in_a_row(*city))
            .collect();
        let among = if fresh.is_empty() { able } else { fresh };
        among.into_iter().min_by_key(|city| {
            let place = self.world.members[*city].place.clone();
            let balance = self.accounts.balance(*city);
            let soon = usize::MAX - soon(*city);
            (balance, soon, self.accounts.last[*city], place)
        })
    }

    fn differ_by_less_than_two(&self) -> bool {
        let present = self.world.cities();
        let present = present.filter(|city| self.world.takes_part(*city, self.turn.day));
        let balances: Vec<i64> = present.map(|city| self.accounts.balance(city)).collect();
        let least = balances.iter().min().copied().unwrap_or(0);
        balances.iter().all(|one| one - least < 2 * TURN)
    }
}
