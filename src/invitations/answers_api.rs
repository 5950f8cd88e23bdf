//! Answering over HTTP, and who comes instead. The lists of answers are those of `attendance`.
use actix_web::{delete, put, web};

use super::deputies::{self, Among, DeputyInput, Naming};
use crate::App;
use crate::Tx;
use crate::attendance::answers::{self, AnswerChannel, NewAnswer};
use crate::attendance::{AnswerInput, PersonAnswer, store};
use crate::auth::Delegate;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::body::IdempotencyKey;
use crate::http::handlers::Change;
use crate::http::routes::Routes;
use crate::http::stored_response::StoredResponse;
use crate::meetings::{self, Meeting};
use crate::people::{self, Person};

pub(crate) fn routes(config: &mut Routes) {
    config
        .service(answer)
        .service(name_deputy)
        .service(withdraw_deputy);
}

type MeetingPersonPath = web::Path<(Id<Meeting>, Id<Person>)>;

/// The answer of a person as the lists show it.
fn shown(
    tx: &mut Tx,
    who: &Delegate,
    meeting: &Meeting,
    person: Id<Person>,
) -> Result<StoredResponse> {
    let all = store::answers(tx, who, meeting)?;
    let answered = all.iter().find(|row| row.person_id == person);
    StoredResponse::ok(answered.ok_or(Error::NotFound)?)
}

/// Answers an invitation (the invited person; host, coordinators).
#[utoipa::path(tag = "attendance", operation_id = "answer_invitation", params(("id" = Id<Meeting>, Path), ("person" = Id<Person>, Path)), request_body = AnswerInput, responses((status = OK, body = PersonAnswer), Error))]
#[put("/meetings/{id}/answers/{person}")]
async fn answer(
    call: Change<Delegate, AnswerInput>,
    path: MeetingPersonPath,
) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    call.run(move |tx, who, body| {
        let meeting = meetings::store::find(tx, who, id)?;
        people::store::find(tx, who, person)?;
        if who.person() != Some(person) {
            who.hosting(tx, meeting.host_id, meeting.date)?;
        }
        let now = tx.now;
        answers::may_answer(tx, who, &meeting, person, now)?;
        let (value, comment) = (body.input.answer.into(), body.input.comment.clone());
        let given = NewAnswer::now(value, comment, AnswerChannel::Api, now);
        deputies::answer(tx, who, &meeting, person, &given)?;
        shown(tx, who, &meeting, person)
    })
    .await
}

/// Says who comes instead of an invited person (the person: somebody of the own municipality; host
/// and coordinators: anybody). The deputy is invited; another one named before is not needed any more.
///
/// A meeting that is moved is asked about anew, and the deputy stays until the person answers.
#[utoipa::path(tag = "attendance", operation_id = "name_deputy", params(("id" = Id<Meeting>, Path), ("person" = Id<Person>, Path)), request_body = DeputyInput, responses((status = OK, body = PersonAnswer), Error))]
#[put("/meetings/{id}/answers/{person}/deputy")]
async fn name_deputy(
    call: Change<Delegate, DeputyInput>,
    path: MeetingPersonPath,
) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    call.run(move |tx, who, body| {
        let (meeting, among) = represented(tx, who, id, person)?;
        let naming = Naming {
            delegator: person,
            deputy: body.input.deputy_id,
            among,
            comment: None,
            channel: AnswerChannel::Api,
            at: tx.now,
            by_delegator: who.person() == Some(person),
        };
        deputies::delegate(tx, who, &meeting, &naming)?;
        shown(tx, who, &meeting, person)
    })
    .await
}

/// Takes back that somebody comes instead of a person, who is asked again (the person; host,
/// coordinators).
#[utoipa::path(tag = "attendance", operation_id = "withdraw_deputy", params(("id" = Id<Meeting>, Path), ("person" = Id<Person>, Path)), responses((status = NO_CONTENT), Error))]
#[delete("/meetings/{id}/answers/{person}/deputy")]
async fn withdraw_deputy(
    app: web::Data<App>,
    who: Delegate,
    path: MeetingPersonPath,
) -> Result<StoredResponse> {
    let (id, person) = path.into_inner();
    app.change(who, IdempotencyKey::default(), move |tx, who| {
        let (meeting, _) = represented(tx, who, id, person)?;
        deputies::withdraw(tx, who, &meeting, person)
    })
    .await
}

/// The meeting, and whom the asker may name to come instead of the person.
fn represented(
    tx: &mut Tx,
    who: &Delegate,
    id: Id<Meeting>,
    person: Id<Person>,
) -> Result<(Meeting, Among)> {
    let meeting = meetings::store::find(tx, who, id)?;
    people::store::find(tx, who, person)?;
    let among = match who.hosting(tx, meeting.host_id, meeting.date) {
        Ok(_) => Among::Everybody,
        Err(Error::Forbidden(_)) if who.person() == Some(person) => Among::OwnMunicipality,
        Err(error) => return Err(error),
    };
    Ok((meeting, among))
}
