//! Problems as JSON: in an answer (with the request id) and inside items (without).

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Code, FieldError, IloqCause, Problem};

const TYPE_PREFIX: &str = "urn:iloq-functions:problem:";

/// The members that a problem has by itself.
const OWN: &[&str] =
    &["type", "title", "status", "code", "detail", "retryable", "requestId", "errors", "iloq"];

impl Problem {
    /// The body of an `application/problem+json` answer.
    #[must_use]
    pub fn to_json(&self, request_id: &str) -> Vec<u8> {
        serde_json::to_vec(&Rendered { problem: self, request_id: Some(request_id) }).unwrap_or_default()
    }
}

struct Rendered<'a> {
    problem: &'a Problem,
    request_id: Option<&'a str>,
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problem = self.problem;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("{TYPE_PREFIX}{}", problem.code.name()))?;
        map.serialize_entry("title", problem.code.title())?;
        map.serialize_entry("status", &problem.status())?;
        map.serialize_entry("code", problem.code.name())?;
        map.serialize_entry("detail", &problem.detail)?;
        map.serialize_entry("retryable", &problem.retryable)?;
        if let Some(request_id) = self.request_id {
            map.serialize_entry("requestId", request_id)?;
        }
        if !problem.errors.is_empty() {
            map.serialize_entry("errors", &problem.errors)?;
        }
        if let Some(cause) = &problem.iloq {
            map.serialize_entry("iloq", cause)?;
        }
        for (name, value) in problem.extra.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// As it stands inside an item: all members but `requestId`.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Rendered { problem: self, request_id: None }.serialize(serializer)
    }
}

/// A problem as it was kept with an item or a run.
#[derive(Deserialize)]
struct Stored {
    code: Code,
    detail: Option<String>,
    retryable: Option<bool>,
    #[serde(default)]
    errors: Vec<FieldError>,
    iloq: Option<IloqCause>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Problem {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Stored { code, detail, retryable, errors, iloq, extra } = Stored::deserialize(from)?;
        let mut problem = Self::new(code, detail.unwrap_or_else(|| code.next_step().to_owned()));
        problem.retryable = retryable.unwrap_or(problem.retryable);
        problem.errors = errors;
        problem.iloq = iloq;
        problem.extra = extra.into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
        Ok(problem)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Code, IloqCause, Problem};

    #[test]
    fn the_answers_form() {
        let problem = Problem::new(Code::OrderRefused, "The right needs a programming token.")
            .with_iloq(IloqCause::operation("Orders").with_status(200).with_result(
                "CanOrder",
                1,
                "needs Manager",
            ))
            .with_error("/keys/0", "not ordered")
            .with("status", 3)
            .with("movedTo", "anna");
        let body: Value = serde_json::from_slice(&problem.to_json("r-1")).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "urn:iloq-functions:problem:order-refused", "title": "iLOQ refused the order", "status": 409,
                "code": "order-refused", "detail": "The right needs a programming token.", "retryable": false,
                "requestId": "r-1", "errors": [{"pointer": "/keys/0", "detail": "not ordered"}],
                "iloq": {"operation": "Orders", "status": 200, "check": "CanOrder", "result": 1, "meaning": "needs Manager"},
                "movedTo": "anna",
            })
        );
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let problem = Problem::because(Code::UserConflict, "Two persons fit.")
            .with("candidates", json!([{"personId": "x"}]))
            .with_error("/firstName", "same name");
        let text = serde_json::to_string(&problem).unwrap();
        assert!(!text.contains("requestId"));
        assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
        assert!(serde_json::from_str::<Problem>(r#"{"code":"no-such"}"#).is_err());
    }

    #[test]
    fn headers_of_a_problem() {
        assert_eq!(Problem::of(Code::Unauthenticated).headers(), [("www-authenticate", "Bearer".to_owned())]);
        assert_eq!(
            Problem::method_not_allowed("GET, PUT".into()).headers(),
            [("allow", "GET, PUT".to_owned())]
        );
        assert_eq!(
            Problem::of(Code::IloqUnavailable).retry_in(7).headers(),
            [("retry-after", "7".to_owned())]
        );
        assert!(Problem::of(Code::StoreUnavailable).retry_after.is_some());
        assert!(Problem::of(Code::Internal).headers().is_empty());
    }
}
