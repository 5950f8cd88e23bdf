//! Where the areas register their handlers.
use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers handlers to serve them, or to describe them in the OpenAPI document.
///
/// If every worker thread collected the descriptions too, as `utoipa_actix_web` does, the service would
/// take twice as long to start and 12 MB more for each worker.
pub enum Routes<'r, 'c> {
    /// To serve them.
    Served(&'r mut web::ServiceConfig),
    /// To describe them.
    Documented(&'r mut ServiceConfig<'c>),
}

impl Routes<'_, '_> {
    /// Registers a handler.
    pub fn service(
        &mut self,
        handler: impl HttpServiceFactory + OpenApiFactory + 'static,
    ) -> &mut Self {
        match self {
            Self::Served(config) => {
                config.service(handler);
            }
            Self::Documented(config) => {
                config.service(handler);
            }
        }
        self
    }

    /// Registers the handlers of an area.
    pub fn configure(&mut self, area: impl FnOnce(&mut Self)) -> &mut Self {
        area(self);
        self
    }
}
