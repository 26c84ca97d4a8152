//! The host: components in, answers out.

mod app;
mod bindings;
mod call;
mod clock;
mod config;
mod cron;
mod ctx;
mod engine;
mod guest;
mod key_value;
mod linker;
mod outgoing;
mod output;
mod scope;
mod server;

use std::sync::Arc;

use anyhow::Result;
use tokio::net::TcpListener;

use crate::{manifest::Manifest, options::Options};

pub use server::Handle;

/// A schedule and the component that it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// As the manifest writes it.
    pub expression: String,
    /// The component's id.
    pub component: String,
}

/// An application, compiled and ready to serve.
#[derive(Clone)]
pub struct Host {
    app: Arc<app::App>,
    routes: Vec<Route>,
    schedules: Vec<Planned>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("routes", &self.routes).finish_non_exhaustive()
    }
}

/// A path pattern and the component that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// As the manifest writes it.
    pub pattern: String,
    /// The component's id.
    pub component: String,
}

impl Host {
    /// Compiles the components that have a route or a schedule, opens the stores, and gives the variables their values.
    ///
    /// # Errors
    /// A `.wasm` file that is missing or imports what this host does not have, a required variable without a
    /// value, a store that cannot be opened, a pattern of allowed hosts that means nothing.
    pub async fn load(manifest: &Manifest, options: Options) -> Result<Self> {
        let route = |t: &crate::manifest::HttpTrigger| Route {
            pattern: t.route.clone(),
            component: t.component.clone(),
        };
        let routes = manifest.trigger.http.iter().map(route).collect();
        let planned = |t: &crate::manifest::CronTrigger| Planned {
            expression: t.cron_expression.clone(),
            component: t.component.clone(),
        };
        let schedules = manifest.trigger.cron.iter().map(planned).collect();
        Ok(Self { app: app::App::load(manifest, options).await?, routes, schedules })
    }

    /// The routes in the manifest's order.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The schedules in the manifest's order.
    #[must_use]
    pub fn schedules(&self) -> &[Planned] {
        &self.schedules
    }

    /// Starts serving HTTP/1.1 on `listener`, until the handle shuts it down or is dropped. Schedules are
    /// followed from [`Handle::follow_schedules`] on.
    ///
    /// # Errors
    /// When the listener has no local address.
    pub fn serve(&self, listener: TcpListener) -> Result<Handle> {
        Handle::start(Arc::clone(&self.app), listener)
    }
}
