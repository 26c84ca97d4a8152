//! What all requests share: the engine, the compiled components, the stores, the routes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64},
    },
};

use anyhow::{Context, Result, bail};
use routefinder::Router;
use tokio::{sync::Semaphore, task::JoinSet};
use wasmtime::{Engine, component::Component as Compiled, component::Linker};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::{ctx::Ctx, engine, linker};
use crate::{
    effects::EffectKind,
    manifest::{Component, Manifest},
    options::Options,
    outbound::{AllowedHosts, Client},
    routing,
    store::{self, Backend},
    variables::Values,
};

/// A component, compiled, with what its part of the manifest allows.
pub(super) struct Loaded {
    pub(super) id: String,
    pub(super) proxy: ProxyPre<Ctx>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) allowed: AllowedHosts,
    pub(super) stores: BTreeMap<String, Arc<Backend>>,
}

/// Counters over the host's life.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    store_reads: AtomicU64,
    store_writes: AtomicU64,
    outbound: AtomicU64,
}

impl Counters {
    pub(super) fn of(&self, kind: EffectKind) -> &AtomicU64 {
        match kind {
            EffectKind::StoreRead => &self.store_reads,
            EffectKind::StoreWrite => &self.store_writes,
            EffectKind::Outbound => &self.outbound,
        }
    }
}

pub(super) struct App {
    pub(super) options: Options,
    pub(super) engine: Engine,
    pub(super) router: Router<Arc<Loaded>>,
    pub(super) client: Arc<Client>,
    pub(super) gate: Arc<Semaphore>,
    pub(super) clock_offset: Arc<AtomicI64>,
    pub(super) counters: Counters,
}

impl App {
    pub(super) async fn load(manifest: &Manifest, options: Options) -> Result<Arc<Self>> {
        let environment = |name: &str| options.read_environment.then(|| std::env::var(name).ok()).flatten();
        let values = Values::resolve(manifest, &options.variables, environment)?;
        let stores = store::open_all(&options.runtime_config, &options.state_dir)?;
        let engine = engine::engine(&options)?;
        let linker = linker::linker(&engine)?;
        let loaded = load_all(manifest, &options, &values, &stores, &engine, &linker).await?;
        let mut routes = Vec::new();
        for trigger in &manifest.trigger.http {
            let component = loaded.get(&trigger.component).context("a trigger without a component")?;
            routes.push((trigger.route.as_str(), Arc::clone(component)));
        }
        let router = routing::router(routes)?;
        Ok(Arc::new(Self {
            client: Client::new(&options.runtime_config.client_tls)?,
            gate: Arc::new(Semaphore::new(options.concurrency.min(engine::SLOTS as usize))),
            clock_offset: Arc::new(AtomicI64::new(options.clock_offset)),
            counters: Counters::default(),
            options,
            engine,
            router,
        }))
    }
}

async fn load_all(
    manifest: &Manifest,
    options: &Options,
    values: &Values,
    stores: &BTreeMap<String, Arc<Backend>>,
    engine: &Engine,
    linker: &Linker<Ctx>,
) -> Result<BTreeMap<String, Arc<Loaded>>> {
    let mut compiling = JoinSet::new();
    for (id, component) in &manifest.component {
        if !manifest.trigger.http.iter().any(|trigger| trigger.component == *id) {
            continue;
        }
        let (id, path, engine) = (id.clone(), source(manifest, component, options), engine.clone());
        compiling.spawn_blocking(move || compile(&engine, &path).map(|compiled| (id, compiled)));
    }
    let mut loaded = BTreeMap::new();
    while let Some(done) = compiling.join_next().await {
        let (id, compiled) = done??;
        let component = manifest.component.get(&id).context("an unknown component")?;
        let what = || format!("component `{id}`");
        let allowed: Vec<String> = component
            .allowed_outbound_hosts
            .iter()
            .map(|text| values.expand(text))
            .collect::<Result<_>>()
            .with_context(what)?;
        let pre = linker.instantiate_pre(&compiled).map_err(anyhow::Error::from).with_context(what)?;
        let ready = Loaded {
            id: id.clone(),
            proxy: ProxyPre::new(pre).map_err(anyhow::Error::from).with_context(what)?,
            variables: values.of_component(&id, manifest)?,
            environment: component.environment.clone().into_iter().collect(),
            allowed: AllowedHosts::parse(&allowed).with_context(what)?,
            stores: stores_of(component, stores).with_context(what)?,
        };
        loaded.insert(id, Arc::new(ready));
    }
    Ok(loaded)
}

fn stores_of(
    component: &Component,
    all: &BTreeMap<String, Arc<Backend>>,
) -> Result<BTreeMap<String, Arc<Backend>>> {
    let find = |label: &String| match all.get(label) {
        Some(backend) => Ok((label.clone(), Arc::clone(backend))),
        None => bail!("key-value store `{label}` is not configured in the runtime configuration"),
    };
    component.key_value_stores.iter().map(find).collect()
}

fn compile(engine: &Engine, path: &Path) -> Result<Compiled> {
    if !path.exists() {
        bail!("{} does not exist: build it first", path.display());
    }
    Compiled::from_file(engine, path).map_err(anyhow::Error::from).with_context(|| path.display().to_string())
}

/// `target/` in a source stands for cargo's target folder, which may be elsewhere.
fn source(manifest: &Manifest, component: &Component, options: &Options) -> PathBuf {
    match (component.source.strip_prefix("target"), &options.target_dir) {
        (Ok(rest), Some(target)) => target.join(rest),
        _ => manifest.folder.join(&component.source),
    }
}
