//! The page of components: how they stand, environment by environment.

use super::Answer;
use super::operator::Operator;
use crate::load::printed;
use crate::pages::console::components as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// How components stand.
pub(crate) async fn components(
    State(site): State<Arc<Site>>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let sight = site.member_sight(&operator.actor).await?;
    let open = sight.open.iter().filter(|known| known.is_own());
    let line = |known: &Arc<crate::snapshot::Known>| {
        (known.source().clone(), known.row.title.clone(), link::manage(&known.row.id))
    };
    let input =
        page::Input { open: open.map(line).collect(), environments: site.environment_choices(&sight).await? };
    let shell = site.console_shell(link::COMPONENTS, &operator.visitor);
    Ok(site.console_answer(StatusCode::OK, &printed(page::render(&shell, &input))?, &headers))
}
