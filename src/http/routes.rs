//! Where the areas put their handlers.
use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// Takes handlers, to serve them or to describe them. What serves carries no descriptions: they take
/// up more memory than all the rest, and few ever ask for them.
pub enum Routes<'r, 'c> {
    /// Served.
    Served(&'r mut web::ServiceConfig),
    /// Described in the API's document.
    Documented(&'r mut ServiceConfig<'c>),
}

impl Routes<'_, '_> {
    /// Takes a handler.
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

    /// Takes the handlers of an area.
    pub fn configure(&mut self, area: impl FnOnce(&mut Self)) -> &mut Self {
        area(self);
        self
    }
}
