//! The five example cities. The town halls are real, the people are invented.

/// A city, its town hall and its people.
pub(super) struct ExampleCity {
    pub name: &'static str,
    pub ags: &'static str,
    pub hall: &'static str,
    pub room: &'static str,
    pub street: &'static str,
    pub postal_code: &'static str,
    pub directions: &'static str,
    /// Degrees north and east (WGS 84), to about 300 m.
    pub coordinates: (f64, f64),
    /// Given name, family name, function.
    pub people: &'static [(&'static str, &'static str, &'static str)],
}

/// In the order of hosts.
pub(super) const CITIES: [ExampleCity; 5] = [
    ExampleCity {
        name: "Gütersloh",
        ags: "05754008",
        hall: "Rathaus Gütersloh",
        room: "Sitzungssaal 3",
        street: "Berliner Straße 70",
        postal_code: "33330",
        directions: "Vom Hauptbahnhof zehn Minuten zu Fuß. Parkhaus am Rathaus.",
        coordinates: (51.9065, 8.3795),
        people: &[
            ("Jonte", "Wiesengrund", "Digitalisierungsbeauftragter"),
            ("Selma", "Ahornblatt", "Projektleitung Onlinedienste"),
        ],
    },
    ExampleCity {
        name: "Bielefeld",
        ags: "05711000",
        hall: "Altes Rathaus",
        room: "Raum 210",
        street: "Niederwall 23",
        postal_code: "33602",
        directions: "Stadtbahn bis Rathaus. Tiefgarage unter dem Neuen Rathaus.",
        coordinates: (52.0211, 8.5347),
        people: &[
            ("Marit", "Sonnentau", "Leitung Digitalisierungsbüro"),
            ("Ole", "Kieselbach", "Digitalisierungsbüro"),
            ("Tamsin", "Hollow", "Open Data"),
        ],
    },
    ExampleCity {
        name: "Herford",
        ags: "05758012",
        hall: "Rathaus Herford",
        room: "Kleiner Sitzungssaal",
        street: "Rathausplatz 1",
        postal_code: "32052",
        directions: "Vom Bahnhof Bus bis Rathausplatz oder 15 Minuten zu Fuß.",
        coordinates: (52.1140, 8.6715),
        people: &[
            ("Runa", "Moosbacher", "Digitalisierungsbeauftragte"),
            ("Kjell", "Federling", "IT-Koordination"),
        ],
    },
    ExampleCity {
        name: "Bad Salzuflen",
        ags: "05766008",
        hall: "Rathaus Bad Salzuflen",
        room: "Raum Salze",
        street: "Rudolph-Brandes-Allee 19",
        postal_code: "32105",
        directions: "Vom Bahnhof Bad Salzuflen fünf Minuten zu Fuß. Parkplatz vor dem Haus.",
        coordinates: (52.0885, 8.7490),
        people: &[
            ("Ylvie", "Salzbrunner", "Stabsstelle Digitalisierung"),
            ("Bent", "Tannhof", "Organisation"),
        ],
    },
    ExampleCity {
        name: "Detmold",
        ags: "05766020",
        hall: "Rathaus am Markt",
        room: "Ratssaal",
        street: "Marktplatz 5",
        postal_code: "32756",
        directions: "Vom Bahnhof zehn Minuten zu Fuß. Parkhaus Lustgarten.",
        coordinates: (51.9365, 8.8795),
        people: &[
            ("Fenja", "Bergkristall", "Digitalisierungsbeauftragte"),
            ("Malte", "Quellwald", "E-Government"),
        ],
    },
];
