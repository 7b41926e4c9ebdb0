//! Evaluating rules, here or in a worker.
//!
//! By regorus's interpreter, not on its virtual machine (0.14.1, the newest). There `x := object[key]` with a missing
//! key binds "undefined" and goes on, so that `not is_set(...)` fails where it must hold, which is a false pass:
//! its compiler guards the names that `=`, parameters and `some` bind against undefined values, but leaves
//! out `:=` (`PlanContext::ColonAssignment`). A guard could be written after each (`x := e; _ = x`); but it knows no `with`
//! and no extensions either. `benches/policies.rs` says what the interpreter costs; what it gets wrong,
//! [`super::rewrite`] writes in another form.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

use super::ast::RegoFile;
use super::evaluate::Input;
use super::limits;
use super::refusal::Refusal;
use super::worker::{Pool, Remote};

/// Where Rego that nobody vouches for is parsed and evaluated.
#[derive(Debug, Clone)]
pub enum Isolation {
    /// In processes that the operating system holds to limits.
    Workers(Arc<Pool>),
    /// In this process, where a policy can exhaust memory and stack: only for policies of one's own.
    InProcess,
}

impl Isolation {
    /// Workers are processes of a program that has the subcommand [`super::WORKER_SUBCOMMAND`].
    pub fn workers(program: PathBuf) -> Self {
        Self::Workers(Arc::new(Pool::new(program)))
    }

    /// # Errors
    /// Why the file cannot be loaded.
    pub(super) fn parse(&self, name: &str, text: &str) -> Result<RegoFile, Refusal> {
        match self {
            Self::Workers(pool) => pool.parse(name, text),
            Self::InProcess => RegoFile::parse(name.to_owned(), text.to_owned()),
        }
    }

    pub(super) fn machine(&self, files: Arc<[RegoFile]>, data: Json) -> Machine {
        match self {
            Self::Workers(pool) => Machine::Remote(Remote::new(pool.clone(), files, data)),
            Self::InProcess => Machine::local(Local::new(files, data, true)),
        }
    }
}

/// The values of the rules that were asked for, in that order.
pub(super) type Values = Vec<Result<Json, Refusal>>;

/// The rules of some files, to be evaluated from any thread.
pub(super) enum Machine {
    Local(Box<Local>),
    Remote(Remote),
}

impl Machine {
    pub fn local(local: Local) -> Self {
        Self::Local(Box::new(local))
    }

    /// The same rules with other data.
    pub fn with(&self, data: Json) -> Self {
        match self {
            Self::Local(local) => Self::local(Local::new(local.files.clone(), data, local.timed)),
            Self::Remote(remote) => Self::Remote(remote.with(data)),
        }
    }

    /// Compiles what `rules` need, where they are evaluated in this process.
    ///
    /// # Errors
    /// Why they cannot be.
    pub fn prepare(&self, rules: &[String]) -> Result<(), Refusal> {
        match self {
            Self::Local(local) => local.prepared(rules).map(|_| ()),
            Self::Remote(_) => Ok(()),
        }
    }

    /// The values of rules for one input after another; JSON null for one that is undefined. When the
    /// evaluation itself ends early, says for how many inputs there are values, and why not for the next.
    pub fn rules(&self, rules: &[String], inputs: &[&Input]) -> (Vec<Values>, Option<Refusal>) {
        match self {
            Self::Local(local) => {
                (inputs.iter().map(|input| local.rules(rules, input.value())).collect(), None)
            }
            Self::Remote(remote) => remote.rules(rules, inputs),
        }
    }
}

/// An engine in this process. Compiled when first asked for: most policies have nothing to judge in most
/// repositories.
pub(super) struct Local {
    files: Arc<[RegoFile]>,
    data: Json,
    timed: bool,
    /// An engine that has the data and so many of the files already.
    base: Option<(usize, regorus::Engine)>,
    prepared: OnceLock<Result<Prepared, Refusal>>,
}

struct Prepared {
    engine: regorus::Engine,
    /// The rules that [`TOGETHER`] gathers: those that were asked for first.
    together: Vec<String>,
}

impl Local {
    /// Takes files that belong together. `timed`: the engine itself looks at the clock.
    pub fn new(files: Arc<[RegoFile]>, data: Json, timed: bool) -> Self {
        Self { files, data, timed, base: None, prepared: OnceLock::new() }
    }

    /// Begins with an engine that has the data and the first `had` files.
    pub fn on(mut self, base: regorus::Engine, had: usize) -> Self {
        self.base = Some((had, base));
        self
    }

    fn prepared(&self, rules: &[String]) -> Result<&Prepared, Refusal> {
        self.prepared.get_or_init(|| self.prepare(rules)).as_ref().map_err(Clone::clone)
    }

    /// Evaluating once prepares what every clone then shares.
    fn prepare(&self, rules: &[String]) -> Result<Prepared, Refusal> {
        let mut engine = match &self.base {
            Some((had, base)) => {
                let mut engine = base.clone();
                add_files(&mut engine, self.files.get(*had..).unwrap_or_default())?;
                engine
            }
            None => engine(&self.files, &self.data)?,
        };
        let together = if gather(&mut engine, rules) { rules.to_vec() } else { Vec::new() };
        if self.timed {
            engine.set_execution_timer_config(timer());
        }
        pin_time(&mut engine, &self.data);
        engine.set_input(regorus::Value::new_object());
        // The rule does not matter; what fails here fails again for each, where it is reported.
        let rule = self.files.iter().flat_map(|file| &file.module.rules).next();
        if let Some(rule) = rule.map(|rule| rule.path.clone()) {
            let _ = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(rule)));
        }
        Ok(Prepared { engine, together })
    }

    /// The values of rules, each with an error of its own: one in a rule says nothing of another.
    pub fn rules(&self, rules: &[String], input: &regorus::Value) -> Values {
        let prepared = match self.prepared(rules) {
            Ok(prepared) => prepared,
            Err(refusal) => return rules.iter().map(|_| Err(refusal.clone())).collect(),
        };
        // Always a fresh clone: an error that the engine swallows may leave something of one input behind, which
        // would then be part of the verdict on another. A clone costs 5 us.
        let mut engine = prepared.engine.clone();
        engine.set_input(input.clone());
        if rules == prepared.together {
            if let Some(values) = together(&mut engine, rules.len()) {
                return values;
            }
            engine = prepared.engine.clone();
            engine.set_input(input.clone());
        }
        let mut values = Vec::with_capacity(rules.len());
        for rule in rules {
            let value = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(rule.clone())));
            values.push(match value {
                Ok(Ok(value)) => json(&value),
                Ok(Err(error)) => Err(Refusal::of_engine(&error.to_string())),
                Err(_) => {
                    engine = prepared.engine.clone();
                    engine.set_input(input.clone());
                    Err(Refusal::new(format!(
                        "the Rego engine failed on {}",
                        rule.trim_start_matches("data.")
                    )))
                }
            });
        }
        values
    }
}

/// Null for undefined.
fn json(value: &regorus::Value) -> Result<Json, Refusal> {
    match value {
        regorus::Value::Undefined => Ok(Json::Null),
        value => serde_json::to_value(value)
            .map_err(|error| Refusal::new(format!("its result has no JSON form: {error}"))),
    }
}

/// A rule of our own whose value is an array of those of others. The engine forgets what it has computed after
/// each rule that it is asked for: asked for one after another, they would compute all that they share again.
const TOGETHER: &str = "data.probity_together.values";

/// Adds [`TOGETHER`] for some rules, where there is something to share.
fn gather(engine: &mut regorus::Engine, rules: &[String]) -> bool {
    // One that is undefined must not make the array so.
    let each: Vec<String> = rules.iter().map(|rule| format!("[value | value := {rule}]")).collect();
    let text = format!("package probity_together\nvalues := [{}]\n", each.join(", "));
    engine.set_rego_v0(false);
    rules.len() > 1 && engine.add_policy("probity_together".to_owned(), text).is_ok()
}

/// What [`TOGETHER`] gives, so many values; `None` where a rule fails, which then tells which.
fn together(engine: &mut regorus::Engine, count: usize) -> Option<Values> {
    let value = catch_unwind(AssertUnwindSafe(|| engine.eval_rule(TOGETHER.to_owned()))).ok()?;
    let gathered = match value {
        Ok(regorus::Value::Array(gathered)) => gathered,
        Ok(_) => return None,
        Err(error) => {
            let refusal = Refusal::of_engine(&error.to_string());
            // Rule by rule it would only take as long again.
            return refusal.is_too_slow().then(|| vec![Err(refusal); count]);
        }
    };
    let values = gathered.iter().map(|value| match value {
        regorus::Value::Array(values) => values.first().map_or(Ok(Json::Null), json),
        _ => Ok(Json::Null),
    });
    (gathered.len() == count).then(|| values.collect())
}

/// Where the audit's instant stands in `data`, in nanoseconds.
const NOW: &str = "/probity/now_ns";

/// `data` with the audit's instant, in seconds: what `time.now_ns` is for its policies.
pub(super) fn at_instant(mut data: Json, seconds: i64) -> Json {
    if let Some(probity) = data.get_mut("probity").and_then(Json::as_object_mut) {
        probity.insert("now_ns".to_owned(), seconds.saturating_mul(1_000_000_000).into());
    }
    data
}

/// A clock would give another verdict each time. Where no instant is known, as in tests, it stays.
fn pin_time(engine: &mut regorus::Engine, data: &Json) {
    if let Some(now) = data.pointer(NOW).and_then(Json::as_i64) {
        let now = move |_: Vec<regorus::Value>| Ok(regorus::Value::from(now));
        // Fails only for a name that is there already.
        let _ = engine.add_extension("time.now_ns".to_owned(), 0, Box::new(now));
    }
}

pub(super) fn timer() -> ExecutionTimerConfig {
    let check_interval = NonZeroU32::new(1_000).unwrap_or(NonZeroU32::MIN);
    ExecutionTimerConfig { limit: limits::TIME, check_interval }
}

/// An engine with files that are known to parse.
///
/// # Errors
/// A file that does not parse after all: evaluated without it, a policy would pass.
pub(super) fn engine(files: &[RegoFile], data: &Json) -> Result<regorus::Engine, Refusal> {
    let mut engine = empty();
    engine
        .add_data(regorus::Value::from(data.clone()))
        .map_err(|error| Refusal::of_engine(&error.to_string()))?;
    add_files(&mut engine, files)?;
    Ok(engine)
}

/// More files that are known to parse.
///
/// # Errors
/// One that does not.
pub(super) fn add_files(engine: &mut regorus::Engine, files: &[RegoFile]) -> Result<(), Refusal> {
    for file in files {
        engine.set_rego_v0(file.v0);
        // Never as it was written: what is rewritten means something else there.
        engine
            .add_policy(file.name.clone(), file.engine_text.to_string())
            .map_err(|error| Refusal::of_engine(&error.to_string()))?;
    }
    Ok(())
}

/// An engine with OPA's semantics (a type error is undefined) and its old builtins.
pub(super) fn empty() -> regorus::Engine {
    let mut engine = bare();
    super::legacy::add(&mut engine);
    super::builtins::add(&mut engine);
    engine
}

/// An engine that is good enough to parse.
pub(super) fn bare() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_policy_length_config(limits::lengths());
    engine
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
            let machine = Local::new([file].into(), Json::Object(serde_json::Map::new()), true);
            let input = regorus::Value::from(serde_json::json!({"y": 1}));
            let values = machine.rules(&["data.t.deny".to_owned()], &input);
            assert_eq!(values, [Ok(serde_json::json!([{"m": 1}]))], "{text}");
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
