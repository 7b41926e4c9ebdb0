use super::*;

#[test]
fn dbg() {
    for t in ["[1 + 2 * 3, 7 / 2, 7 % 3, -7 % 3, -(2), 10 / 3]", "[\"4\" + \"5\", 0.1 + 0.2]", "[1 < 2, 2 <= 2, 3 > 4, \"10\" >= 9, 1 == 1.0, \"1\" == 1, null == null, \"a\" != \"b\"]", "[true && false, true || false, !true, \"true\" && true]","[[1, 2] == [1, 2], { a = 1 } == { a = 1 }, [1] == [\"1\"]]","1 + 2 == 3 && !false || false", "{} == null", "-7 % 3", "!false", "-(2)"] {
        eprintln!("{t} {:?}", evaluate_text(t).map(|v| value::to_json(&v)));
    }
}
