//! What the mails say that go out in steps around a meeting.
use reihum::i18n::Language;
use reihum::invitations::text::{MeetingFacts, Missing, News, Occasion, step_notice};
use reihum::notifications::links::Target;
use reihum::notifications::notice::NoticeText;
use reihum::notifications::render::render;

use super::{date, facts, letter, settings};

const PAGE: &str = "https://reihum.example/answers/0123456789abcdef0123456789abcdef0123456789ab";
const TOPICS: &str = "mailto:a.muster@herford.example?subject=Thema";

fn page() -> Target {
    Target::Address(PAGE.to_owned())
}

/// The steps in the order in which they come.
fn all() -> Vec<(&'static str, News)> {
    let reason = Some("Der Haushalt ist gesperrt.".to_owned());
    vec![
        ("save_the_date", News::SaveTheDate { instead_of: None }),
        (
            "save_the_date_moved",
            News::SaveTheDate {
                instead_of: Some(date(2027, 1, 28)),
            },
        ),
        (
            "date_off",
            News::DateOff {
                on: date(2027, 2, 4),
                reason,
            },
        ),
        (
            "call_for_topics",
            News::CallForTopics {
                until: Some(date(2027, 1, 21)),
                topics: Some(Target::Address(TOPICS.to_owned())),
            },
        ),
        (
            "topics_due",
            News::TopicsDue {
                scheduled: 2,
                proposed: vec![
                    "Gemeinsames Rechenzentrum".to_owned(),
                    "KI-Leitlinie".to_owned(),
                ],
                invited: false,
            },
        ),
        (
            "invitation_due",
            News::InvitationDue {
                by: date(2027, 1, 22),
                missing: Some(Missing::Venue),
            },
        ),
        (
            "answer_reminder",
            News::AnswerReminder {
                by: Some(date(2027, 2, 3)),
                page: page(),
            },
        ),
        (
            "reminder",
            News::Reminder {
                tentative: false,
                page: page(),
            },
        ),
        (
            "reminder_tentative",
            News::Reminder {
                tentative: true,
                page: page(),
            },
        ),
        ("minutes_due", News::MinutesDue),
        ("attendance_due", News::AttendanceDue { closed: false }),
    ]
}

fn texts(language: Language, facts: &MeetingFacts, news: News) -> (String, String, String) {
    let signature = letter(Occasion::Invitation).signature;
    let text = NoticeText {
        name: "Erika Beispiel".to_owned(),
        ..step_notice(language, facts, news)
    };
    let texts = render(language, &text, &signature, &settings());
    (texts.subject, texts.text, texts.html)
}

#[test]
fn steps_in_both_languages() {
    for &language in Language::ALL {
        let seen: Vec<String> = all()
            .into_iter()
            .map(|(name, news)| {
                let (subject, text, _) = texts(language, &facts(), news);
                format!("=== {name}\n{subject}\n\n{text}")
            })
            .collect();
        insta::assert_snapshot!(format!("steps_{language}"), seen.join("\n"));
    }
    let (.., html) = texts(
        Language::De,
        &facts(),
        News::Reminder {
            tentative: false,
            page: page(),
        },
    );
    insta::assert_snapshot!("reminder_html", html);
}

#[test]
fn each_step_says_what_is_there_and_no_more() {
    let said = |news| texts(Language::De, &facts(), news).1.replace('\n', " ");
    let call = said(News::CallForTopics {
        until: None,
        topics: None,
    });
    assert!(
        !call.contains(" bis ") || call.contains("10:00 bis 12:30"),
        "{call}"
    );
    assert!(!call.contains("anmelden:"), "no link, no lead: {call}");
    let none = said(News::TopicsDue {
        scheduled: 0,
        proposed: Vec::new(),
        invited: false,
    });
    assert!(none.contains("keine angemeldeten Themen"), "{none}");
    assert!(!none.contains("Noch nicht entschieden"), "{none}");
    let one = said(News::TopicsDue {
        scheduled: 1,
        proposed: Vec::new(),
        invited: false,
    });
    assert!(one.contains("ein angemeldetes Thema."), "{one}");
    let (by, missing) = (date(2027, 1, 22), None);
    let due = said(News::InvitationDue { by, missing });
    assert!(!due.contains("Von selbst"), "{due}");
    for missing in [Missing::Host, Missing::People] {
        let missing = Some(missing);
        assert!(said(News::InvitationDue { by, missing }).contains("Von selbst"));
    }
    let late = said(News::AnswerReminder {
        by: None,
        page: page(),
    });
    assert!(late.contains("möglichst bald"), "{late}");
    let closed = said(News::AttendanceDue { closed: true });
    assert!(closed.contains("ist abgeschlossen"), "{closed}");
    // What was told is what is taken back, though the meeting stands elsewhere by now.
    let off = said(News::DateOff {
        on: date(2027, 1, 28),
        reason: None,
    });
    assert!(off.contains("Donnerstag, 28. Januar 2027"), "{off}");
    assert!(!off.contains("Grund:"), "{off}");
}

#[test]
fn text_of_people_cannot_break_a_step() {
    let evil = "a\r\nBcc: x@evil.example\n\n<script>\u{202e}";
    let hostile = MeetingFacts {
        group: evil.to_owned(),
        title: Some(evil.to_owned()),
        host: Some(evil.to_owned()),
        ..facts()
    };
    for (name, news) in all() {
        let news = match news {
            News::TopicsDue { .. } => News::TopicsDue {
                scheduled: 1,
                proposed: vec![evil.to_owned(); 100],
                invited: false,
            },
            News::DateOff { on, .. } => News::DateOff {
                on,
                reason: Some(evil.repeat(1000)),
            },
            other => other,
        };
        let (subject, text, html) = texts(Language::De, &hostile, news);
        assert!(!subject.contains(char::is_control), "{name}: {subject:?}");
        assert!(!text.contains(['\r', '\u{202e}']), "{name}: {text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 76),
            "{name}: {text}"
        );
        assert!(!html.contains("<script>"), "{name}");
        assert!(text.len() < 20_000, "{name}: {}", text.len());
    }
}
