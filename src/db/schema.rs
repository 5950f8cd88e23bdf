//! The tables, as both engines hold them.
#![allow(
    missing_docs,
    reason = "the columns speak for themselves; the macro makes them public"
)]

/// Declares tables with the primary key `id`, any of which can be joined in a query.
macro_rules! tables {
    ($($name:ident { $($columns:tt)* })+) => {
        $(diesel::table! {
            use diesel::sql_types::*;
            use crate::db::{UniqueId, UtcTimestamp};

            $name (id) { $($columns)* }
        })+
        diesel::allow_tables_to_appear_in_same_query!($($name,)+);
    };
}

tables! {
    cooperations {
        id -> UniqueId,
        slug -> Text,
        name -> Text,
        language -> Text,
        time_zone -> Text,
        mailbox -> Nullable<Text>,
        quorum -> Nullable<Integer>,
        generation -> BigInt,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    municipalities {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        name -> Text,
        ags -> Nullable<Text>,
        position -> Integer,
        joined_on -> Date,
        left_on -> Nullable<Date>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    venues {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        municipality_id -> UniqueId,
        name -> Text,
        room -> Nullable<Text>,
        street -> Text,
        postal_code -> Text,
        locality -> Text,
        directions -> Nullable<Text>,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        preferred -> Bool,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    rotation_pauses {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        municipality_id -> UniqueId,
        starts_on -> Date,
        ends_on -> Date,
        reason -> Nullable<Text>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    blackouts {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        municipality_id -> UniqueId,
        starts_on -> Date,
        ends_on -> Date,
        reason -> Nullable<Text>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        source -> Text,
        calendar_id -> Nullable<UniqueId>,
    }

    people {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        given_name -> Text,
        family_name -> Text,
        address -> Text,
        address_key -> Text,
        language -> Text,
        function -> Nullable<Text>,
        phone -> Nullable<Text>,
        undeliverable_since -> Nullable<UtcTimestamp>,
        undeliverable_words -> Nullable<Text>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    memberships {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        person_id -> UniqueId,
        municipality_id -> Nullable<UniqueId>,
        role -> Text,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    tokens {
        id -> UniqueId,
        cooperation_id -> Nullable<UniqueId>,
        person_id -> Nullable<UniqueId>,
        role -> Text,
        label -> Text,
        hash -> Text,
        expires_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    series {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        title -> Text,
        rule -> Text,
        starts_on -> Date,
        start_time -> Time,
        time_zone -> Text,
        duration_minutes -> Integer,
        horizon_months -> Integer,
        answer_days -> Integer,
        change_window_minutes -> Integer,
        topics_need_acceptance -> Bool,
        cancelled_turn -> Text,
        template_agenda -> Text,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        counter_proposals -> Bool,
        save_the_date_days -> Nullable<Integer>,
        call_for_topics_days -> Nullable<Integer>,
        topic_deadline_days -> Nullable<Integer>,
        invitation_days -> Nullable<Integer>,
        reminder_days -> Nullable<Integer>,
        last_reminder_days -> Nullable<Integer>,
        minutes_due_days -> Nullable<Integer>,
        attendance_closes_days -> Nullable<Integer>,
        invite_automatically -> Bool,
        plan_at -> Nullable<UtcTimestamp>,
        host_weights -> Text,
        avoided_days -> Text,
        host_confirmation_days -> Nullable<Integer>,
    }

    meetings {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        series_id -> UniqueId,
        uid -> Text,
        number -> Integer,
        title -> Nullable<Text>,
        status -> Text,
        occurrence_on -> Nullable<Date>,
        date -> Date,
        start_time -> Time,
        duration_minutes -> Integer,
        time_zone -> Text,
        starts_at -> UtcTimestamp,
        ends_at -> UtcTimestamp,
        host_id -> Nullable<UniqueId>,
        venue_id -> Nullable<UniqueId>,
        sequence -> Integer,
        asked_sequence -> Integer,
        changed_at -> UtcTimestamp,
        tell_at -> Nullable<UtcTimestamp>,
        invited_at -> Nullable<UtcTimestamp>,
        closed_at -> Nullable<UtcTimestamp>,
        cancelled_at -> Nullable<UtcTimestamp>,
        cancelled_reason -> Nullable<Text>,
        template_agenda -> Nullable<Text>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        due_id -> Nullable<UniqueId>,
        day_choice -> Nullable<Text>,
        cohosts -> Text,
    }

    turns {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        series_id -> UniqueId,
        meeting_id -> UniqueId,
        entry -> Integer,
        state -> Text,
        due_id -> Nullable<UniqueId>,
        host_id -> Nullable<UniqueId>,
        source -> Text,
        reason -> Nullable<Text>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        cohosts -> Text,
        restores -> Nullable<Integer>,
        moved -> Text,
    }

    agenda_items {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        series_id -> UniqueId,
        meeting_id -> Nullable<UniqueId>,
        position -> Integer,
        title -> Text,
        kind -> Text,
        minutes -> Integer,
        description -> Nullable<Text>,
        presenter -> Nullable<Text>,
        links -> Text,
        public -> Bool,
        state -> Text,
        state_reason -> Nullable<Text>,
        late -> Bool,
        proposed_by_id -> Nullable<UniqueId>,
        result -> Nullable<Text>,
        carried_from_id -> Nullable<UniqueId>,
        carried_count -> Integer,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    invitations {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        person_id -> UniqueId,
        state -> Text,
        told -> Nullable<Text>,
        told_sequence -> Nullable<Integer>,
        first_message_id -> Nullable<Text>,
        invited_at -> Nullable<UtcTimestamp>,
        withdrawn_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        lapsed_at -> Nullable<UtcTimestamp>,
    }

    messages {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> Nullable<UniqueId>,
        invitation_id -> Nullable<UniqueId>,
        person_id -> UniqueId,
        kind -> Text,
        sequence -> Integer,
        message_id -> Text,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> UtcTimestamp,
        leased_until -> Nullable<UtcTimestamp>,
        last_words -> Nullable<Text>,
        sent_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        notice_key -> Nullable<Text>,
        topic -> Text,
    }

    answers {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        person_id -> UniqueId,
        answer -> Text,
        comment -> Nullable<Text>,
        way -> Text,
        sequence -> Integer,
        starts_at -> UtcTimestamp,
        ends_at -> UtcTimestamp,
        answered_at -> UtcTimestamp,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        via -> Nullable<Text>,
    }

    attendances {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        person_id -> Nullable<UniqueId>,
        municipality_id -> Nullable<UniqueId>,
        guest_name -> Nullable<Text>,
        organisation -> Nullable<Text>,
        presence -> Text,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    feeds {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        scope -> Text,
        person_id -> Nullable<UniqueId>,
        series_id -> Nullable<UniqueId>,
        label -> Nullable<Text>,
        hash -> Text,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        reminders_minutes -> Text,
    }

    idempotency_keys {
        id -> UniqueId,
        token_id -> UniqueId,
        idempotency_key -> Text,
        fingerprint -> Text,
        status -> Integer,
        etag -> Nullable<Text>,
        location -> Nullable<Text>,
        body -> Text,
        created_at -> UtcTimestamp,
    }

    inbound_mails {
        id -> UniqueId,
        cooperation_id -> Nullable<UniqueId>,
        fingerprint -> Text,
        message_id -> Nullable<Text>,
        from_address -> Nullable<Text>,
        from_name -> Nullable<Text>,
        subject -> Text,
        received_at -> UtcTimestamp,
        kind -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        meeting_id -> Nullable<UniqueId>,
        person_id -> Nullable<UniqueId>,
        content -> Text,
        decided_at -> Nullable<UtcTimestamp>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    counter_proposals {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        person_id -> UniqueId,
        inbound_mail_id -> UniqueId,
        starts_at -> UtcTimestamp,
        ends_at -> UtcTimestamp,
        comment -> Nullable<Text>,
        state -> Text,
        decided_at -> Nullable<UtcTimestamp>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    delegations {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        delegator_id -> UniqueId,
        deputy_id -> UniqueId,
        way -> Text,
        only_as_deputy -> Bool,
        delegated_at -> UtcTimestamp,
        withdrawn_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    mailboxes {
        id -> UniqueId,
        account -> Text,
        folder -> Text,
        uid_validity -> Nullable<BigInt>,
        last_uid -> BigInt,
        leased_until -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
    }

    polls {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        series_id -> UniqueId,
        asked_by -> Nullable<UniqueId>,
        title -> Text,
        duration_minutes -> Integer,
        time_zone -> Text,
        deadline -> UtcTimestamp,
        remind_at -> UtcTimestamp,
        reminded_at -> Nullable<UtcTimestamp>,
        visibility -> Text,
        decide -> Text,
        holds -> Bool,
        state -> Text,
        winner_id -> Nullable<UniqueId>,
        meeting_id -> Nullable<UniqueId>,
        closed_at -> Nullable<UtcTimestamp>,
        decided_at -> Nullable<UtcTimestamp>,
        cancelled_at -> Nullable<UtcTimestamp>,
        cancelled_reason -> Nullable<Text>,
        outcome -> Nullable<Text>,
        held_from -> Nullable<UtcTimestamp>,
        held_until -> Nullable<UtcTimestamp>,
        held_sequence -> Integer,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    poll_candidates {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        poll_id -> UniqueId,
        starts_at -> UtcTimestamp,
        ends_at -> UtcTimestamp,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    poll_ballots {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        poll_id -> UniqueId,
        person_id -> UniqueId,
        votes -> Text,
        comment -> Nullable<Text>,
        way -> Nullable<Text>,
        voted_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    swap_requests {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        series_id -> UniqueId,
        meeting_id -> UniqueId,
        municipality_id -> UniqueId,
        partner_meeting_id -> Nullable<UniqueId>,
        reason -> Nullable<Text>,
        nevertheless -> Bool,
        asked_by_id -> Nullable<UniqueId>,
        asked_way -> Text,
        state -> Text,
        lapse -> Nullable<Text>,
        decided_at -> Nullable<UtcTimestamp>,
        decided_by_id -> Nullable<UniqueId>,
        decided_way -> Nullable<Text>,
        followed_up_days -> Nullable<Integer>,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    swap_answers {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        request_id -> UniqueId,
        municipality_id -> UniqueId,
        state -> Text,
        meeting_id -> Nullable<UniqueId>,
        reason -> Nullable<Text>,
        answered_at -> Nullable<UtcTimestamp>,
        person_id -> Nullable<UniqueId>,
        way -> Nullable<Text>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    host_confirmations {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        municipality_id -> UniqueId,
        state -> Text,
        reason -> Nullable<Text>,
        asked_at -> Nullable<UtcTimestamp>,
        answered_at -> Nullable<UtcTimestamp>,
        person_id -> Nullable<UniqueId>,
        way -> Nullable<Text>,
        warned_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    told_turns {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        municipality_id -> Nullable<UniqueId>,
        date -> Date,
        told_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
        cohosts -> Text,
    }

    meeting_conflicts {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        meeting_id -> UniqueId,
        trouble -> Text,
        municipality_id -> Nullable<UniqueId>,
        date -> Date,
        told_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
    }

    school_holidays {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        land -> Text,
        starts_on -> Date,
        ends_on -> Date,
        source -> Nullable<Text>,
        periods -> Text,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    blackout_calendars {
        id -> UniqueId,
        cooperation_id -> UniqueId,
        municipality_id -> UniqueId,
        name -> Text,
        url -> Text,
        shows_titles -> Bool,
        state -> Text,
        error_rule -> Nullable<Text>,
        error_message -> Nullable<Text>,
        etag -> Nullable<Text>,
        last_modified -> Nullable<Text>,
        fetched_at -> Nullable<UtcTimestamp>,
        succeeded_at -> Nullable<UtcTimestamp>,
        next_fetch_at -> UtcTimestamp,
        revision -> Integer,
        created_at -> UtcTimestamp,
        modified_at -> UtcTimestamp,
        deleted_at -> Nullable<UtcTimestamp>,
    }

    message_contents {
        id -> UniqueId,
        content -> Text,
    }
}

diesel::joinable!(tokens -> cooperations (cooperation_id));
diesel::joinable!(message_contents -> messages (id));
