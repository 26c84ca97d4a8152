//! `/probe/<what>?<argument>`, and the request's body as the value.

use spin_sdk::{
    http::{IncomingRequest, Method, Request, Response},
    key_value::Store,
    variables,
};
use wasi::clocks::{monotonic_clock, wall_clock};

type Outcome = Result<Vec<u8>, String>;

pub(crate) async fn answer(request: IncomingRequest) -> Response {
    let path = request.path_with_query().unwrap_or_default();
    let (path, argument) = path.split_once('?').unwrap_or((&path, ""));
    let what = path.rsplit('/').next().unwrap_or_default().to_owned();
    let argument = argument.to_owned();
    let body = request.into_body().await.unwrap_or_default();
    match run(&what, &argument, &body).await {
        Ok(body) => Response::builder().status(200).body(body).build(),
        Err(error) => Response::builder().status(502).body(error).build(),
    }
}

async fn run(what: &str, argument: &str, body: &[u8]) -> Outcome {
    match what {
        "hello" => Ok(b"hello".to_vec()),
        "length" => Ok(body.len().to_string().into_bytes()),
        "big" => Ok(vec![b'x'; number(argument)?]),
        "allocate" => Ok(vec![1_u8; number(argument)?].len().to_string().into_bytes()),
        "set" => store()?.set(argument, body).map(|()| Vec::new()).map_err(|e| format!("{e:?}")),
        "get" => store()?.get(argument).map(Option::unwrap_or_default).map_err(|e| format!("{e:?}")),
        "delete" => store()?.delete(argument).map(|()| Vec::new()).map_err(|e| format!("{e:?}")),
        "exists" => {
            store()?.exists(argument).map(|is| is.to_string().into_bytes()).map_err(|e| format!("{e:?}"))
        }
        "keys" => store()?.get_keys().map(|keys| keys.join("\n").into_bytes()).map_err(|e| format!("{e:?}")),
        "open" => Store::open(argument).map(|_| Vec::new()).map_err(|e| format!("{e:?}")),
        "variable" => variables::get(argument).map(String::into_bytes).map_err(|e| format!("{e:?}")),
        "outbound" => outbound(argument).await,
        "now" => Ok(wall_clock::now().seconds.to_string().into_bytes()),
        "log" => {
            eprintln!("{argument}");
            Ok(Vec::new())
        }
        "panic" => panic!("as asked"),
        "loop" => loop {
            std::hint::black_box(argument);
        },
        "wait" => {
            monotonic_clock::subscribe_duration(3_600_000_000_000).block();
            Ok(Vec::new())
        }
        other => Err(format!("no probe `{other}`")),
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn store() -> Result<Store, String> {
    Store::open_default().map_err(|e| format!("{e:?}"))
}

async fn outbound(url: &str) -> Outcome {
    let request = Request::builder().method(Method::Get).uri(url).build();
    let response: Response = spin_sdk::http::send(request).await.map_err(|e| format!("{e:?}"))?;
    Ok(response.into_body())
}
