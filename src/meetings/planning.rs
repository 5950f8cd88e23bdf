//! stub
use crate::{Tx, auth::Service, error::Result};
/// stub
///
/// # Errors
/// stub
pub fn settle(_: &mut Tx, _: &Service) -> Result<()> {
    Ok(())
}
