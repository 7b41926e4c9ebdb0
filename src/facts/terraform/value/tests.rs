use super::*;

fn list(of: Type) -> Type {
    Type::List(Box::new(of))
}

fn map(of: Type) -> Type {
    Type::Map(Box::new(of))
}

fn field(of: Type, optional: Option<Value>) -> Field {
    Field { of, optional: optional.map(Box::new) }
}

#[test]
fn optional_attributes_take_their_defaults() {
    let to = map(Type::Object(BTreeMap::from([
        ("size".into(), field(Type::Number, None)),
        ("name".into(), field(Type::String, Some(Value::Null))),
        ("public".into(), field(Type::Bool, Some(Value::Bool(true)))),
    ])));
    let given = Value::object([
        ("a", Value::object([("size", Value::string("3")), ("extra", Value::Bool(true))])),
        ("b", Value::object([("size", Value::number(1_i64)), ("public", Value::Null)])),
    ]);
    let row = |size: i64| {
        let entries = [("size", Value::number(size)), ("name", Value::Null), ("public", Value::Bool(true))];
        Value::object(entries)
    };
    assert_eq!(convert(&given, &to), Ok(Value::map([("a", row(3)), ("b", row(1))])));
    let missing = Value::object([("a", Value::object([("name", Value::string("x"))]))]);
    assert!(convert(&missing, &to).is_err());
}

#[test]
fn unknown_values_keep_what_is_known_of_their_type() {
    let unknown = |of| Value::unknown_result(of);
    assert_eq!(convert(&unknown(Type::Any), &list(Type::String)), Ok(unknown(list(Type::String))));
    let tuple = Type::Tuple(vec![Type::Number, Type::String]);
    assert_eq!(convert(&unknown(tuple), &list(Type::Any)), Ok(unknown(list(Type::String))));
    assert!(convert(&unknown(Type::Bool), &list(Type::Any)).is_err());
    assert!(convert(&unknown(Type::Bool), &Type::Number).is_err());
    let object = Type::Object(BTreeMap::from([("a".into(), field(Type::Any, Some(Value::Null)))]));
    assert_eq!(
        convert(&unknown(Type::object([("a", Type::Bool)])), &object),
        Ok(unknown(Type::object([("a", Type::Bool)])))
    );
}

#[test]
fn types_unify_as_in_a_conditional() {
    let tuple = |items: &[Type]| Type::Tuple(items.to_vec());
    let cases = [
        (vec![Type::String, Type::Number], Some(Type::String)),
        (vec![Type::Bool, Type::Number], None),
        (vec![Type::Any, Type::Number], Some(Type::Number)),
        (vec![list(Type::Bool), list(Type::String)], Some(list(Type::String))),
        (vec![list(Type::Bool), tuple(&[Type::String])], Some(list(Type::String))),
        (vec![tuple(&[Type::Bool]), tuple(&[Type::String])], Some(tuple(&[Type::String]))),
        (vec![tuple(&[Type::Bool]), tuple(&[])], Some(list(Type::Bool))),
        (vec![list(Type::Bool), Type::Any], Some(Type::Any)),
        (vec![map(Type::Bool), Type::object([("a", Type::String)])], Some(map(Type::String))),
        (vec![Type::object([("a", Type::Bool)]), Type::object([("b", Type::Bool)])], Some(map(Type::Bool))),
        (vec![Type::object([("a", Type::Bool)]), tuple(&[])], None),
        (vec![list(Type::Bool), Type::Bool], None),
        (vec![], None),
    ];
    for (types, wanted) in cases {
        assert_eq!(unify(&types), wanted, "{types:?}");
    }
}

#[test]
fn strings_are_composed_and_sets_are_sorted() {
    assert_eq!(Value::string("e\u{301}"), Value::string("é"));
    let numbers = [10_i64, 9, 10, 2].map(Value::number);
    assert_eq!(Value::set(numbers), Value::Set([2_i64, 9, 10].map(Value::number).into()));
    let unknown = || Value::unknown_of(Type::String);
    let set = Value::set([Value::Null, unknown(), unknown(), Value::string("a")]);
    assert_eq!(set, Value::Set([Value::string("a"), unknown(), unknown(), Value::Null].into()));
    assert_eq!(set.length(), None);
}

#[test]
fn json_keeps_numbers_and_refuses_the_unknown() {
    let json = serde_json::json!({"a": [1, -2, 0.5, 18_446_744_073_709_551_615_u64, "x", null, true]});
    assert_eq!(to_json(&from_json(&json)), Some(json));
    assert_eq!(to_json(&Value::tuple([Value::unknown()])), None);
}
