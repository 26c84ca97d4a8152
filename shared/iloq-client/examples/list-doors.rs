//! Lists the doors of a locking system.
//!
//! ```text
//! ILOQ_PASSWORD=… cargo run -p iloq-client --example list-doors -- ADDRESS SERVICE-CODE USER
//! ```
#![expect(clippy::print_stdout, reason = "it lists")]

use std::time::Duration;

use chrono::{DateTime, Utc};
use iloq_client::io::{
    Clock, HttpRequest, HttpResponse, Method, Random, SessionKeeper, Transport, TransportError,
};
use iloq_client::{Client, Credentials, Deadline, IloqApi, KeptSession, OriginPatterns, Secret, origin_of};

fn main() -> std::process::ExitCode {
    match list() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, code, user] = arguments.as_slice() else {
        return Err("say: ADDRESS SERVICE-CODE USER, and the password in ILOQ_PASSWORD".into());
    };
    let credentials = Credentials {
        service_address: address.clone(),
        service_code: code.clone(),
        user_name: user.clone(),
        password: Secret::new(std::env::var("ILOQ_PASSWORD")?),
        api_key: std::env::var("ILOQ_API_KEY").ok().map(Secret::new),
        lock_group: std::env::var("ILOQ_LOCK_GROUP").ok().map(|id| id.parse()).transpose()?,
    };
    let origins = OriginPatterns::iloq_and(&origin_of(address).ok_or("that is no address")?);
    let machine = Machine::new();
    let deadline = Deadline::after(&machine, Duration::from_secs(60));
    let client = Client::new(credentials, origins, &machine, &machine, &machine, &machine, deadline);
    futures::executor::block_on(async {
        let doors = client.locks().await;
        client.kill_session(false).await;
        for door in doors? {
            let kind = door.kind.map_or("lock of no type", iloq_model::LockType::meaning);
            println!("{}  {}  ({kind})", door.id, door.locking_object.unwrap_or_default());
        }
        println!("{} requests", client.requests());
        Ok(())
    })
}

/// This machine: blocking calls are fine where nothing else goes on.
struct Machine {
    agent: ureq::Agent,
    started: std::time::Instant,
}

impl Machine {
    #[expect(clippy::disallowed_methods, reason = "a program on a real machine has its clock")]
    fn new() -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let started = std::time::Instant::now();
        Self { agent: config.build().into(), started }
    }
}

impl Transport for Machine {
    async fn send(&self, request: HttpRequest, timeout: Duration) -> Result<HttpResponse, TransportError> {
        let scheme = if request.https { "https" } else { "http" };
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let uri = format!("{scheme}://{}{}", request.authority, request.path_and_query);
        let mut builder = ureq::http::Request::builder().method(method).uri(uri);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let lost = |error: &dyn std::fmt::Display| TransportError::Lost(error.to_string());
        let http =
            builder.body(request.body).map_err(|error| TransportError::NotConnected(error.to_string()))?;
        let http = self.agent.configure_request(http).timeout_global(Some(timeout)).build();
        let mut answer = self.agent.run(http).map_err(|error| match error {
            ureq::Error::Timeout(_) => TransportError::Timeout,
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                TransportError::NotConnected(error.to_string())
            }
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                TransportError::NotConnected(error.to_string())
            }
            error => lost(&error),
        })?;
        let body =
            answer.body_mut().with_config().limit(64 << 20).read_to_vec().map_err(|error| lost(&error))?;
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        Ok(HttpResponse { status: answer.status().as_u16(), headers, body })
    }
}

impl Clock for Machine {
    #[expect(clippy::disallowed_methods, reason = "a program on a real machine has its clock")]
    fn now(&self) -> DateTime<Utc> {
        std::time::SystemTime::now().into()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

impl Random for Machine {
    /// Fit for the pauses between tries, the only thing that this program needs it for; not for secrets.
    fn fill(&self, buffer: &mut [u8]) {
        // Only the pauses between tries depend on it here.
        fastrand::fill(buffer);
    }
}

/// The session ends with the program.
impl SessionKeeper for Machine {
    fn load(&self) -> Option<KeptSession> {
        None
    }

    fn save(&self, _: &KeptSession) {}

    fn clear(&self) {}
}
