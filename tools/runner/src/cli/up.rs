//! `up`: the components alone, against any iLOQ address.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use crate::{
    build,
    effects::DieAt,
    host::{Handle, Host},
    manifest::Manifest,
    options::{LogSink, Options},
    runtime_config::RuntimeConfig,
    signals,
};

/// How to serve.
#[derive(Debug, clap::Args)]
pub struct UpArgs {
    /// The manifest.
    #[arg(short, long, default_value = "spin.toml")]
    from: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where the key-value store is kept [default: .spin beside the manifest].
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// Key-value backends and certificate authorities.
    #[arg(long)]
    runtime_config_file: Option<PathBuf>,
    /// An application variable; may be given several times. Also read from `SPIN_VARIABLE_NAME`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    variable: Vec<(String, Secret)>,
    /// Seconds that the wall clock seen by components is ahead of this machine's.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    clock_offset: i64,
    /// The longest that a component may take for one request, in seconds.
    #[arg(long, default_value_t = 60)]
    request_limit: u64,
    /// Do not pool instances: slower, but needs no large address space.
    #[arg(long)]
    no_pool: bool,
    /// Do not print what components write.
    #[arg(long)]
    quiet: bool,
    /// Serve what is built already.
    #[arg(long)]
    no_build: bool,
    /// For tests of crashes: kills this process at the nth effect, as in `3:after:store-write`.
    #[arg(long, value_name = "N[:before|after]:KIND", hide = true, env = "ILOQ_FUNCTIONS_DIE_AT")]
    die_at: Option<DieAt>,
}

/// A value that stays out of `Debug`.
#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

fn pair(text: &str) -> Result<(String, Secret), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), Secret(value.to_owned())))
}

/// The variable with the address that schedules call. Unless it is given, they call this process.
const JOBS_URL: &str = "jobs_url";

/// How this machine reaches what listens on `addr`.
fn loopback(mut addr: SocketAddr) -> String {
    if addr.ip().is_unspecified() {
        addr.set_ip(if addr.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    format!("http://{addr}")
}

/// Serves until Ctrl-C or SIGTERM.
pub(super) async fn run(args: UpArgs) -> Result<()> {
    let manifest = Manifest::load(&args.from)?;
    let (listen, build) = (args.listen, !args.no_build);
    let options = options(args, &manifest)?;
    let options =
        if build { build::prepare(&manifest, options)? } else { build::locate(&manifest, options)? };
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let options = options.default_variable(JOBS_URL, loopback(listener.local_addr()?));
    let host = Host::load(&manifest, options).await?;
    let mut handle = host.serve(listener)?;
    handle.follow_schedules();
    announce(&host, &handle);
    signals::stop_requested().await?;
    handle.shutdown().await;
    Ok(())
}

fn options(args: UpArgs, manifest: &Manifest) -> Result<Options> {
    let config =
        args.runtime_config_file.map(|path| RuntimeConfig::load(&path)).transpose()?.unwrap_or_default();
    let state_dir = args.state_dir.unwrap_or_else(|| manifest.folder.join(".spin"));
    let mut options = Options::new(state_dir)
        .read_environment(true)
        .runtime_config(config)
        .clock_offset(args.clock_offset)
        .request_limit(Duration::from_secs(args.request_limit))
        .pooling(!args.no_pool);
    if args.quiet {
        options = options.log(LogSink::Off);
    }
    if let Some(switch) = args.die_at {
        options = options.effects(Arc::new(switch));
    }
    for (name, Secret(value)) in args.variable {
        options = options.variable(name, value);
    }
    Ok(options)
}

#[expect(clippy::print_stdout, reason = "the answer of the command")]
fn announce(host: &Host, handle: &Handle) {
    println!("Serving {}", handle.url());
    for route in host.routes() {
        println!("  {:<60} {}", route.pattern, route.component);
    }
    for schedule in host.schedules() {
        println!("  {:<60} {}", format!("at {} (UTC)", schedule.expression), schedule.component);
    }
}
