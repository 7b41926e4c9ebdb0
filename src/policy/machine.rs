//! Evaluating single rules: on regorus's virtual machine, else by its interpreter.
//!
//! The machine is about three times faster, and right where the interpreter is not: a set rule whose
//! head is undefined for one element loses all its elements in the interpreter of regorus 0.14. Only
//! rules that use `with` need the interpreter.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;
use regorus::rvm::vm::RegoVM;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

use super::ast::RegoFile;

/// One evaluation may take this long; a policy that takes longer is not evaluated, and says so.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The machine's own default stops at 25,000, which real inputs exceed. The time limit binds first.
const MAX_INSTRUCTIONS: usize = 500_000_000;

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
        let _ = engine.add_policy(file.name.clone(), file.text.to_string());
    }
    engine
}

/// An engine with OPA's semantics (a type error is undefined) and a time limit.
pub(super) fn empty() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_execution_timer_config(timer());
    engine
}

/// The rules of one engine, to be evaluated from any thread. Compiled when first asked for: most
/// policies have nothing to judge in most repositories.
pub(super) struct Machine {
    files: Arc<[RegoFile]>,
    data: Json,
    rules: Vec<String>,
    compiled: OnceLock<Compiled>,
}

struct Compiled {
    /// Prepared, for rules that the machine cannot take.
    engine: regorus::Engine,
    data: regorus::Value,
    programs: BTreeMap<String, Arc<Program>>,
}

impl Machine {
    /// Takes files that belong together, and the rules (`data.package.rule`) that may be asked for.
    pub fn new(files: Arc<[RegoFile]>, data: Json, rules: Vec<String>) -> Self {
        Self { files, data, rules, compiled: OnceLock::new() }
    }

    fn compile(&self) -> Compiled {
        let mut engine = engine(&self.files, &self.data);
        let mut programs = BTreeMap::new();
        let entry = self.rules.first().map(|rule| Arc::from(rule.as_str()));
        let policy = entry.and_then(|entry| {
            catch_unwind(AssertUnwindSafe(|| engine.compile_with_entrypoint(&entry))).ok()?.ok()
        });
        for rule in &self.rules {
            let program = policy.as_ref().and_then(|policy| {
                let compile = || Compiler::compile_from_policy(policy, &[rule.as_str()]);
                catch_unwind(AssertUnwindSafe(compile)).ok()?.ok()
            });
            programs.extend(program.map(|program| (rule.clone(), program)));
        }
        Compiled { data: engine.get_data(), engine, programs }
    }

    /// The value of a rule for an input; JSON null when it is undefined.
    ///
    /// # Errors
    /// The engine's error in one line.
    pub fn rule(&self, rule: &str, input: &regorus::Value) -> Result<Json, String> {
        let compiled = self.compiled.get_or_init(|| self.compile());
        let value = catch_unwind(AssertUnwindSafe(|| {
            if let Some(program) = compiled.programs.get(rule) {
                let mut machine = RegoVM::new();
                machine.set_max_instructions(MAX_INSTRUCTIONS);
                machine.set_execution_timer_config(Some(timer()));
                machine.load_program(program.clone());
                machine.set_data(compiled.data.clone()).map_err(|error| error.to_string())?;
                machine.set_input(input.clone());
                machine.execute_entry_point_by_name(rule).map_err(|error| error.to_string())
            } else {
                let mut engine = compiled.engine.clone();
                engine.set_input(input.clone());
                engine.eval_rule(rule.to_owned()).map_err(|error| error.to_string())
            }
        }));
        let value = value.map_err(|_| format!("{rule}: the Rego engine panicked"))?;
        let value = value.map_err(|error| format!("{rule}: {}", one_line(&error)))?;
        if value == regorus::Value::Undefined {
            return Ok(Json::Null);
        }
        serde_json::to_value(&value).map_err(|error| format!("{rule}: its result has no JSON form: {error}"))
    }
}

/// Engine errors are several lines with a drawing; the message and the place fit in one.
pub(super) fn one_line(text: &str) -> String {
    let kept = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['|', '^']));
    let kept: Vec<&str> =
        kept.filter(|line| !line.chars().next().is_some_and(|c| c.is_ascii_digit())).collect();
    kept.join(" ")
}
