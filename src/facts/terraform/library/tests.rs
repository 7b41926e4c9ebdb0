use super::*;

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Option<Result<Arc<[u8]>, String>> {
        None
    }

    fn list(&self) -> Vec<String> {
        Vec::new()
    }

    fn render(&self, _: &str, _: &Value) -> Result<Value, String> {
        Err("no templates here".to_owned())
    }
}

fn run(name: &str, args: impl IntoIterator<Item = Value>) -> Result<Value, String> {
    call(name, args.into_iter().collect(), &NoFiles)
}

#[test]
fn names_may_carry_their_namespace() {
    assert_eq!(run("core::upper", [Value::string("a")]), Ok(Value::string("A")));
    assert!(run("nosuch", []).unwrap_err().contains("no function named"));
}
