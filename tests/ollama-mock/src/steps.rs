//! How a reply is sent step by step, and how a fault changes it.

use std::collections::VecDeque;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::json;

use crate::fault::CRASH;
use crate::gate::Gate;
use crate::reply::{Body, Reply};
use crate::{End, Failure, Fault, Request};

/// A step of sending a reply's body.
pub(crate) enum Step {
    Send(Bytes),
    /// Waits until what was sent has left the process.
    Flush,
    /// Keeps so many bytes of what follows from being sent.
    Withhold(usize),
    Pass(Gate),
    /// Refuses new connections.
    Refuse,
    Close(End),
}

impl Fault {
    /// Replaces a successful reply where the fault needs another one.
    pub(crate) fn replace(&self, reply: Reply, request: &Request) -> Result<Reply, Failure> {
        if reply.status != StatusCode::OK {
            return Ok(reply);
        }
        match (self, &reply.body) {
            (Fault::Crash { .. }, Body::Whole(_)) => Err(Failure::crash()),
            (Fault::Crash { after: 0 }, Body::Stream(_)) => Err(Failure::crash()),
            (Fault::NoDone { .. }, Body::Whole(_)) => {
                let (name, empty) = match request.path() {
                    "/api/generate" => ("response", json!("")),
                    "/api/chat" => ("message", json!({"role": "", "content": ""})),
                    _ => return Ok(reply),
                };
                let created_at = "0001-01-01T00:00:00Z";
                let object =
                    json!({"model": "", "created_at": created_at, name: empty, "done": false});
                Ok(Reply::json(&object))
            }
            _ => Ok(reply),
        }
    }

    /// The steps that send a body with this fault. Each object of a stream passes the gate.
    pub(crate) fn steps(&self, body: Body, gate: &Gate) -> VecDeque<Step> {
        match body {
            Body::Whole(body) => self.whole_steps(body),
            Body::Chunk(body) => [Step::Send(body)].into(),
            Body::Stream(objects) => self.stream_steps(objects, gate),
        }
    }

    fn whole_steps(&self, body: Bytes) -> VecDeque<Step> {
        let half = body.len() / 2;
        let (head, tail) = (body.slice(..half), body.slice(half..));
        match self {
            Fault::Cut { end, then_refuse, .. } => {
                [Step::Send(head)].into_iter().chain(cut(*end, *then_refuse)).collect()
            }
            Fault::Stall { gate, .. } => {
                [Step::Send(head), Step::Flush, Step::Pass(gate.clone()), Step::Send(tail)].into()
            }
            _ => [Step::Send(body)].into(),
        }
    }

    fn stream_steps(&self, objects: Vec<Bytes>, gate: &Gate) -> VecDeque<Step> {
        let last = objects.len().saturating_sub(1);
        let mut steps = VecDeque::new();
        for (index, object) in objects.into_iter().enumerate() {
            let here = |after: &usize| index == last.min(*after);
            match self {
                Fault::Crash { after } if here(after) => {
                    steps.push_back(Step::Send(format!("{}\n", json!({"error": CRASH})).into()));
                    return steps;
                }
                Fault::NoDone { after } if here(after) => return steps,
                Fault::Cut { after, end, then_refuse } if here(after) => {
                    // Half of the object, and the line break that ends its chunk.
                    steps.push_back(Step::Withhold(object.len() / 2 + "\r\n".len()));
                    steps.push_back(Step::Send(object));
                    steps.extend(cut(*end, *then_refuse));
                    return steps;
                }
                Fault::Stall { after, gate } if here(after) => {
                    steps.extend([Step::Flush, Step::Pass(gate.clone())]);
                }
                _ => {}
            }
            steps.push_back(Step::Pass(gate.clone()));
            if let Fault::Split = self {
                let half = object.len() / 2;
                steps.extend([Step::Send(object.slice(..half)), Step::Flush]);
                steps.push_back(Step::Send(object.slice(half..)));
            } else {
                steps.push_back(Step::Send(object));
            }
        }
        steps
    }
}

/// Closes the connection. A client that sees it close is refused already, if it is to be.
fn cut(end: End, then_refuse: bool) -> impl Iterator<Item = Step> {
    let refuse = then_refuse.then_some(Step::Refuse);
    [Step::Flush].into_iter().chain(refuse).chain([Step::Close(end)])
}
