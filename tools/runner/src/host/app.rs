//! What all requests share: the engine, the compiled components, the stores, the routes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::{Context, Result, bail};
use routefinder::Router;
use tokio::{sync::Semaphore, task::JoinSet};
use wasmtime::{Engine, component::Component as Compiled, component::Linker};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use super::{bindings::cron::SpinCronPre, clock::Clock, ctx::Ctx, engine, linker};
use crate::{
    effects::EffectKind,
    manifest::{Component, Manifest, Schedule},
    options::Options,
    outbound::{AllowedHosts, Client},
    routing,
    store::{self, Backend},
    variables::Values,
};

/// A component, compiled, with what its part of the manifest allows.
pub(super) struct Loaded {
    pub(super) id: String,
    /// Its export for requests, if a route leads to it.
    pub(super) http: Option<ProxyPre<Ctx>>,
    /// Its export for schedules, if it has one in the manifest.
    pub(super) cron: Option<SpinCronPre<Ctx>>,
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
    /// Schedules, and the component that each calls.
    pub(super) schedules: Vec<(Schedule, Arc<Loaded>)>,
    pub(super) client: Arc<Client>,
    pub(super) gate: Arc<Semaphore>,
    /// Permits for ticks: apart from `gate`, since a tick waits for a request of its own.
    pub(super) ticks: Arc<Semaphore>,
    pub(super) clock: Clock,
    pub(super) counters: Counters,
}

impl App {
    pub(super) async fn load(manifest: &Manifest, options: Options) -> Result<Arc<Self>> {
        let environment = |name: &str| options.read_environment.then(|| std::env::var(name).ok()).flatten();
        let values = Values::resolve(manifest, &options.variables, &options.defaults, environment)?;
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
        let mut schedules = Vec::new();
        for trigger in &manifest.trigger.cron {
            let component = loaded.get(&trigger.component).context("a schedule without a component")?;
            schedules.push((Schedule::parse(&trigger.cron_expression)?, Arc::clone(component)));
        }
        Ok(Arc::new(Self {
            client: Client::new(&options.runtime_config.client_tls)?,
            gate: Arc::new(Semaphore::new(options.concurrency.min(engine::REQUESTS as usize))),
            ticks: Arc::new(Semaphore::new(engine::TICKS as usize)),
            clock: Clock::new(options.clock_offset),
            counters: Counters::default(),
            options,
            engine,
            router,
            schedules,
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
    // A file that several components are made of is compiled once.
    let mut files: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    for (id, component) in &manifest.component {
        if manifest.trigger.calls(id) {
            files.entry(source(manifest, component, options)).or_default().push(id);
        }
    }
    let mut compiling = JoinSet::new();
    for path in files.keys() {
        let (path, engine) = (path.clone(), engine.clone());
        compiling.spawn_blocking(move || compile(&engine, &path).map(|compiled| (path, compiled)));
    }
    let mut ready = Vec::new();
    while let Some(done) = compiling.join_next().await {
        let (path, compiled) = done??;
        ready.extend(files.remove(&path).into_iter().flatten().map(|id| (id.to_owned(), compiled.clone())));
    }
    let mut loaded = BTreeMap::new();
    for (id, compiled) in ready {
        let component = manifest.component.get(&id).context("an unknown component")?;
        let what = || format!("component `{id}`");
        let allowed: Vec<String> = component
            .allowed_outbound_hosts
            .iter()
            .map(|text| values.expand(text))
            .collect::<Result<_>>()
            .with_context(what)?;
        let pre = linker.instantiate_pre(&compiled).map_err(anyhow::Error::from).with_context(what)?;
        let export = |has: bool| has.then(|| pre.clone());
        let http = export(manifest.trigger.http.iter().any(|trigger| trigger.component == id));
        let cron = export(manifest.trigger.cron.iter().any(|trigger| trigger.component == id));
        let ready = Loaded {
            id: id.clone(),
            http: http.map(ProxyPre::new).transpose().map_err(anyhow::Error::from).with_context(what)?,
            cron: cron.map(SpinCronPre::new).transpose().map_err(anyhow::Error::from).with_context(what)?,
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
