//! Evaluating single rules: on regorus's virtual machine, else by its interpreter.
//!
//! The machine is about three times faster, and right where the interpreter is not: a set rule whose
//! head is undefined for one element loses all its elements in the interpreter of regorus 0.14. Only
//! rules that use `with` need the interpreter.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;
use regorus::rvm::vm::RegoVM;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::Value as Json;

/// One evaluation may take this long; a policy that takes longer is not evaluated, and says so.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// The machine's own default stops at 25,000, which real inputs exceed. The time limit binds first.
const MAX_INSTRUCTIONS: usize = 500_000_000;

pub(super) fn timer() -> ExecutionTimerConfig {
    let check_interval = NonZeroU32::new(1_000).unwrap_or(NonZeroU32::MIN);
    ExecutionTimerConfig { limit: TIME_LIMIT, check_interval }
}

/// The rules of one engine, ready to be evaluated from any thread.
#[derive(Clone)]
pub(super) struct Machine {
    engine: regorus::Engine,
    data: regorus::Value,
    programs: BTreeMap<String, Arc<Program>>,
}

impl Machine {
    /// Compiles the given rules (`data.package.rule`).
    pub fn new(mut engine: regorus::Engine, rules: &[String]) -> Self {
        let mut programs = BTreeMap::new();
        let entry = rules.first().map(|rule| Arc::from(rule.as_str()));
        let compiled = entry.and_then(|entry| {
            catch_unwind(AssertUnwindSafe(|| engine.compile_with_entrypoint(&entry))).ok()?.ok()
        });
        for rule in rules {
            let program = compiled.as_ref().and_then(|compiled| {
                let compile = || Compiler::compile_from_policy(compiled, &[rule.as_str()]);
                catch_unwind(AssertUnwindSafe(compile)).ok()?.ok()
            });
            programs.extend(program.map(|program| (rule.clone(), program)));
        }
        Self { data: engine.get_data(), engine, programs }
    }

    /// The value of a rule for an input; JSON null when it is undefined.
    ///
    /// # Errors
    /// The engine's error in one line.
    pub fn rule(&self, rule: &str, input: &regorus::Value) -> Result<Json, String> {
        let value = catch_unwind(AssertUnwindSafe(|| match self.programs.get(rule) {
            Some(program) => {
                let mut machine = RegoVM::new();
                machine.set_max_instructions(MAX_INSTRUCTIONS);
                machine.set_execution_timer_config(Some(timer()));
                machine.load_program(program.clone());
                machine.set_data(self.data.clone()).map_err(|error| error.to_string())?;
                machine.set_input(input.clone());
                machine.execute_entry_point_by_name(rule).map_err(|error| error.to_string())
            }
            None => {
                let mut engine = self.engine.clone();
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
    let kept: Vec<&str> = kept.filter(|line| !line.chars().next().is_some_and(|c| c.is_ascii_digit())).collect();
    kept.join(" ")
}
