//! Evaluating single rules by regorus's interpreter.
//!
//! Not on its virtual machine (0.14.1): there `x := object[key]` with a missing key binds "undefined" and goes on,
//! so that `not is_set(...)` fails where it must hold, which is a false pass. The interpreter in turn loses all
//! elements of a set rule whose head is undefined for one of them: `ast::bind_heads` rewrites such heads.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

use super::ast::RegoFile;

/// One evaluation may take this long; a policy that takes longer is not evaluated, and says so.
const TIME_LIMIT: Duration = Duration::from_secs(5);

fn timer() -> ExecutionTimerConfig {
    let check_interval = NonZeroU32::new(1_000).unwrap_or(NonZeroU32::MIN);
    ExecutionTimerConfig { limit: TIME_LIMIT, check_interval }
}

/// An engine with files that are known to parse.
pub(super) fn engine(files: &[RegoFile], data: &Json) -> regorus::Engine {
    let mut engine = empty();
    let _ = engine.add_data(regorus::Value::from(data.clone()));
    for file in files {
        engine.set_rego_v0(file.v0);
        // Both parse: what was rewritten is the text that parsed, with its statements in another place.
        if engine.add_policy(file.name.clone(), file.engine_text.to_string()).is_err() {
            let _ = engine.add_policy(file.name.clone(), file.text.to_string());
        }
    }
    engine
}

/// An engine with OPA's semantics (a type error is undefined), its old builtins and a time limit.
pub(super) fn empty() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_execution_timer_config(timer());
    super::legacy::add(&mut engine);
    super::builtins::add(&mut engine);
    engine
}

/// The rules of one engine, to be evaluated from any thread. Compiled when first asked for: most
/// policies have nothing to judge in most repositories.
pub(super) struct Machine {
    files: Arc<[RegoFile]>,
    data: Json,
    rules: Vec<String>,
    prepared: OnceLock<regorus::Engine>,
}

impl Machine {
    /// Takes files that belong together, and the rules (`data.package.rule`) that may be asked for.
    pub fn new(files: Arc<[RegoFile]>, data: Json, rules: Vec<String>) -> Self {
        Self { files, data, rules, prepared: OnceLock::new() }
    }

    /// Evaluating once prepares what every clone then shares.
    fn prepare(&self) -> regorus::Engine {
        let mut engine = engine(&self.files, &self.data);
        if let Some(rule) = self.rules.first() {
            engine.set_input(regorus::Value::new_object());
            let _ = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(rule.clone())));
        }
        engine
    }

    /// The value of a rule for an input; JSON null when it is undefined.
    ///
    /// # Errors
    /// The engine's error in one line.
    pub fn rule(&self, rule: &str, input: &regorus::Value) -> Result<Json, String> {
        let mut engine = self.prepared.get_or_init(|| self.prepare()).clone();
        let value = catch_unwind(AssertUnwindSafe(|| {
            engine.set_input(input.clone());
            engine.eval_rule(rule.to_owned()).map_err(|error| error.to_string())
        }));
        let value = value.map_err(|_| format!("{rule}: the Rego engine panicked"))?;
        let value = value.map_err(|error| format!("{rule}: {}", reason(&error)))?;
        if value == regorus::Value::Undefined {
            return Ok(Json::Null);
        }
        serde_json::to_value(&value).map_err(|error| format!("{rule}: its result has no JSON form: {error}"))
    }
}

/// The engine's error in one line, the same each time: it gives the time that has passed, too.
fn reason(error: &str) -> String {
    if error.contains("exceeded time limit") {
        format!("stopped after {} seconds", TIME_LIMIT.as_secs())
    } else {
        one_line(error)
    }
}

/// Engine errors are several lines with a drawing; the message and the place fit in one.
pub(super) fn one_line(text: &str) -> String {
    let kept = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['|', '^']));
    let kept: Vec<&str> =
        kept.filter(|line| !line.chars().next().is_some_and(|c| c.is_ascii_digit())).collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads that are undefined for one element, in every way of writing a set rule.
    #[test]
    fn an_undefined_head_costs_one_element_not_all() {
        for (text, v0) in [
            (
                "package t\nimport rego.v1\ndeny contains {\"m\": input[k]} if {\n  some k in [\"x\", \"y\"] # why\n}\n",
                false,
            ),
            (
                "package t\nimport rego.v1\ndeny contains {\"m\": input[k]} if some k in [\"x\", \"y\"]\n",
                false,
            ),
            (
                "package t\nimport rego.v1\ndeny contains {\n  \"m\": input[k],\n} if {\n  some k in [\"x\", \"y\"]\n}\n",
                false,
            ),
            ("package t\nks := [\"x\", \"y\"]\ndeny[{\"m\": input[k]}] { k := ks[_] }\n", true),
        ] {
            let file = RegoFile::parse("t.rego".to_owned(), text.to_owned()).unwrap();
            assert_eq!(file.v0, v0);
            assert_eq!(file.engine_text.lines().count(), text.lines().count(), "{}", file.engine_text);
            let machine = Machine::new([file].into(), Json::Null, vec!["data.t.deny".to_owned()]);
            let input = regorus::Value::from(serde_json::json!({"y": 1}));
            assert_eq!(machine.rule("data.t.deny", &input).unwrap(), serde_json::json!([{"m": 1}]), "{text}");
        }
    }

    #[test]
    fn a_missing_key_is_undefined() {
        let text = "package t\nimport rego.v1\nis_set(o, name) if { value := o[name]; value != null }\n\
                    deny contains \"absent\" if not is_set(input, \"x\")\n\
                    list := [value | some key in [\"x\", \"y\"]; value := input[key]]\n";
        let mut engine = empty();
        engine.add_policy("t.rego".to_owned(), text.to_owned()).unwrap();
        let input = regorus::Value::from(serde_json::json!({"y": 1}));
        engine.set_input(input);
        let value = |rule: &str, engine: &mut regorus::Engine| {
            serde_json::to_value(engine.eval_rule(rule.to_owned()).unwrap()).unwrap()
        };
        assert_eq!(value("data.t.deny", &mut engine), serde_json::json!(["absent"]));
        assert_eq!(value("data.t.list", &mut engine), serde_json::json!([1]));
    }
}
