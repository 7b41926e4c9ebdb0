//! Templates and what they come to.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::source::{Kind, SourceText, Step, yaml};

fn document(path: &str, text: &str) -> Arc<Document> {
    let (values, error) = yaml::parse(text);
    assert_eq!(error, None, "{text}");
    let kind = Kind::Yaml.refine(&values);
    assert_eq!(kind, Kind::CloudFormation, "{text}");
    let values = values.into_iter().map(Arc::new).collect();
    Arc::new(Document { path: path.to_owned(), kind, text: SourceText::new(text), values, syntax: None })
}

fn evaluate(text: &str) -> Part {
    facts(&document("stack.yaml", text), &HashSet::from(["stack.yaml"]))
}

fn path(steps: &[Step]) -> String {
    let steps = steps.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}

fn unknown(resource: &Resource) -> Vec<String> {
    resource.attributes.unknown_paths().iter().map(|unknown| path(&unknown.path)).collect()
}

fn edges(resource: &Resource) -> Vec<String> {
    resource.references.iter().map(|edge| format!("{} -> {}", path(&edge.path), edge.target)).collect()
}

/// What the property `P: <text>` comes to, beside parameters, mappings and conditions of all sorts.
fn property(text: &str) -> (Json, Vec<String>, Vec<String>) {
    let template = format!(
        "
Transform: AWS::LanguageExtensions
Parameters:
  Env: {{Type: String, Default: prod}}
  Size: {{Type: Number, Default: '3'}}
  Flag: {{Type: String, Default: true}}
  Names: {{Type: CommaDelimitedList, Default: 'a, b,c'}}
  Subnets: {{Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2'}}
  Open: {{Type: String}}
  Image: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /image}}
Mappings:
  Types:
    prod: {{Train: ml.p4d.24xlarge, Zones: [x, y]}}
    dev: {{Train: ml.m5.large}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  IsOpen: !Equals [!Ref Open, x]
  Both: !And [!Condition IsProd, !Equals [!FindInMap [Types, prod, Train], ml.p4d.24xlarge]]
  NeverBoth: !And [!Condition IsDev, !Condition IsOpen]
  Either: !Or [!Condition IsOpen, !Condition IsProd]
  Perhaps: !Or [!Condition IsOpen, !Condition IsDev]
  Loop: !Not [!Condition Loop]
Resources:
  Key: {{Type: 'AWS::KMS::Key'}}
  Bucket: {{Type: 'AWS::S3::Bucket'}}
  It:
    Type: X::Y::Z
    Properties:
      P: {text}
"
    );
    let part = evaluate(&template);
    let it = part.resources.iter().find(|resource| resource.name == "It").unwrap();
    (it.attributes.to_json(), unknown(it), edges(it))
}

#[test]
fn functions_of_known_values() {
    for (text, want) in [
        ("!Ref Env", json!("prod")),
        ("{Ref: Size}", json!(3)),
        ("!Ref Flag", json!(true)),
        ("!Ref Names", json!(["a", "b", "c"])),
        ("!Ref Subnets", json!(["subnet-1", "subnet-2"])),
        ("!Sub 'models-${Env}-${Size}-${Flag}'", json!("models-prod-3-true")),
        ("!Sub '${!Env}/${Env}/$x/${'", json!("${Env}/prod/$x/${")),
        ("!Sub ['${A}-${Env}', {A: !Select [1, !Ref Names]}]", json!("b-prod")),
        ("!Sub ['${Env}', {Env: own}]", json!("own")),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/${Env}'", json!("arn:aws:iam::aws:policy/prod")),
        ("!Join ['-', [a, !Ref Env, 1, !Ref 'AWS::NoValue']]", json!("a-prod-1")),
        ("!Join ['', !Ref Names]", json!("abc")),
        ("!Select ['2', !Ref Names]", json!("c")),
        ("!Select [0, [!Ref Env, !Ref Open]]", json!("prod")),
        ("!Split ['|', 'a|b||c']", json!(["a", "b", "", "c"])),
        ("!Select [1, !Split [':', 'a:b']]", json!("b")),
        ("!FindInMap [Types, !Ref Env, Train]", json!("ml.p4d.24xlarge")),
        ("!FindInMap [Types, prod, Zones]", json!(["x", "y"])),
        ("!FindInMap [Types, none, Train, {DefaultValue: !Ref Env}]", json!("prod")),
        ("!Base64 abc", json!("YWJj")),
        ("{'Fn::Base64': !Sub '${Env}!'}", json!("cHJvZCE=")),
        ("!Base64 a", json!("YQ==")),
        (
            "!Cidr ['192.168.0.0/24', 6, 5]",
            json!([
                "192.168.0.0/27",
                "192.168.0.32/27",
                "192.168.0.64/27",
                "192.168.0.96/27",
                "192.168.0.128/27",
                "192.168.0.160/27",
            ]),
        ),
        ("!Select [1, !Cidr ['2001:db8::/56', 2, 64]]", json!("2001:db8:0:1::/64")),
        ("!Length [1, 2, 3]", json!(3)),
        ("!Length [1, 2, !Ref 'AWS::NoValue']", json!(2)),
        ("{'Fn::Length': !Ref Names}", json!(3)),
        ("!ToJsonString {a: !Ref Size, b: [!Ref Env]}", json!("{\"a\":3,\"b\":[\"prod\"]}")),
        ("!If [IsProd, !Ref Env, no]", json!("prod")),
        ("!If [IsDev, yes, no]", json!("no")),
        ("!If [Both, 1, 2]", json!(1)),
        ("!If [NeverBoth, 1, 2]", json!(2)),
        ("!If [Either, 1, 2]", json!(1)),
        ("!If [IsOpen, same, same]", json!("same")),
        ("[1, !If [IsDev, 2, !Ref 'AWS::NoValue'], 3]", json!([1, 3])),
        ("{a: 1, b: !Ref 'AWS::NoValue', c: !If [IsProd, !Ref 'AWS::NoValue', 1]}", json!({"a": 1})),
        (
            "{'Fn::ForEach::L': [X, !Ref Names, {'K${X}': {v: !Ref X, s: '${X}&{X}'}}]}",
            json!({
                "Ka": {"v": "a", "s": "aa"}, "Kb": {"v": "b", "s": "bb"}, "Kc": {"v": "c", "s": "cc"},
            }),
        ),
        ("{z: 0, 'Fn::ForEach::L': [X, [a-1], {'&{X}': '${X}'}]}", json!({"z": 0, "a1": "a-1"})),
    ] {
        let (attributes, unknown, edges) = property(text);
        assert_eq!(attributes, json!({"P": want}), "{text}");
        assert!(unknown.is_empty() && edges.is_empty(), "{text}: {unknown:?} {edges:?}");
    }
}

#[test]
fn what_only_a_deployment_knows() {
    for (text, want, edge) in [
        ("!Ref Open", &["P"][..], ""),
        ("!Ref Image", &["P"], ""),
        ("!Ref Nowhere", &["P"], ""),
        ("!Ref AWS::Region", &["P"], ""),
        ("!Ref Key", &["P"], "P -> Key"),
        ("!GetAtt Key.Arn", &["P"], "P -> Key"),
        ("{'Fn::GetAtt': [Key, Arn]}", &["P"], "P -> Key"),
        ("{'Fn::GetAtt': Key.Arn}", &["P"], "P -> Key"),
        ("{a: [1, {b: !Sub 's3://${Bucket}/${Env}'}]}", &["P.a.1.b"], "P.a.1.b -> Bucket"),
        ("!Sub 'x-${Key.Arn}-${Bucket}'", &["P"], "P -> Key, P -> Bucket"),
        ("!Sub ['${A}', {A: !GetAtt Key.Arn}]", &["P"], "P -> Key"),
        ("!Sub '${AWS::AccountId}-${Env}'", &["P"], ""),
        ("!Join ['-', [a, !Ref Bucket]]", &["P"], "P -> Bucket"),
        ("!Select [1, [a, !Ref Open]]", &["P"], ""),
        ("!Select [1, [!If [IsOpen, a, !Ref 'AWS::NoValue'], b]]", &["P"], ""),
        ("!Select [7, !Ref Names]", &["P"], ""),
        ("!Split [',', !Ref Open]", &["P"], ""),
        ("!GetAZs ''", &["P"], ""),
        ("!ImportValue vpc", &["P"], ""),
        ("!Transform {Name: Upper, Parameters: {}}", &["P"], ""),
        ("{a: 1, 'Fn::Transform': {Name: 'AWS::Include'}}", &["P.Fn::Transform"], ""),
        ("!FindInMap [Types, !Ref AWS::Region, Train]", &["P"], ""),
        ("!FindInMap [Types, none, Train]", &["P"], ""),
        ("!If [IsOpen, !Ref Key, !Ref Bucket]", &["P"], "P -> Key, P -> Bucket"),
        ("!If [Perhaps, 1, 2]", &["P"], ""),
        ("!If [Loop, 1, 2]", &["P"], ""),
        ("!If [Nowhere, 1, 2]", &["P"], ""),
        ("!Base64 {Ref: Open}", &["P"], ""),
        ("!Cidr [!Ref Open, 6, 5]", &["P"], ""),
        ("!Cidr ['10.0.0.0/30', 6, 5]", &["P"], ""),
        ("!Length [!Ref Open]", &["P"], ""),
        ("!ToJsonString {a: !Ref Open}", &["P"], ""),
        ("{'Fn::Unheard': 1}", &["P"], ""),
        ("{'Fn::ForEach::L': [X, !Ref Open, {'K${X}': 1}]}", &["P.Fn::ForEach::L"], ""),
        ("[!Ref 'AWS::NoValue', {Ref: Key}]", &["P.0"], "P.0 -> Key"),
    ] {
        let (attributes, unknown, edges) = property(text);
        assert_eq!(
            (unknown.as_slice(), edges.join(", ").as_str()),
            (&want.iter().map(ToString::to_string).collect::<Vec<_>>()[..], edge),
            "{text}: {attributes}"
        );
    }
}

#[test]
fn values_stand_where_they_are_used() {
    let text = "Parameters:\n  A: {Type: String, Default: x}\nResources:\n  M:\n    Type: A::B::C\n    Properties:\n      \
                Name: !Ref A\n      Tags:\n        - Key: !Sub '${A}'\n";
    let part = evaluate(text);
    let source = SourceText::new(text);
    let mark = |steps: &[Step]| {
        source.location("", part.resources[0].attributes.locate(steps).unwrap().span).start.line
    };
    let key = |key: &str| Step::Key(key.to_owned());
    assert_eq!(mark(&[key("Name")]), 7);
    assert_eq!(mark(&[key("Tags"), Step::Index(0), key("Key")]), 9);
    assert_eq!(source.slice(part.resources[0].header), "M");
    assert_eq!(part.resources[0].subject, "cloudformation:stack.yaml//M");
    assert_eq!(part.resources[0].root, "cloudformation:stack.yaml");
    assert_eq!(part.resources[0].kind, "A::B::C");
}

#[test]
fn conditions_decide_which_resources_exist() {
    let part = evaluate(
        "
Parameters: {Env: {Type: String, Default: dev}, Open: {Type: String}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsOpen: !Equals [!Ref Open, x]
  IsShut: !Not [!Condition IsOpen]
Resources:
  Never: {Type: A::B::C, Condition: IsProd}
  Perhaps:
    Type: A::B::C
    Condition: IsOpen
    Properties: {P: !If [IsOpen, held, not], Q: !If [IsShut, held, not]}
  Always:
    Type: A::B::C
    DependsOn: [Perhaps, Nowhere]
    Properties: {P: !If [IsOpen, held, not]}
",
    );
    let names: Vec<_> = part.resources.iter().map(|resource| resource.name.as_str()).collect();
    assert_eq!(names, ["Perhaps", "Always"]);
    assert_eq!(part.resources[0].attributes.to_json(), json!({"P": "held", "Q": "not"}));
    assert_eq!(unknown(&part.resources[1]), ["P"]);
    assert_eq!(edges(&part.resources[1]), [" -> Perhaps"]);
}

#[test]
fn loops_make_resources() {
    let part = evaluate(
        "
AWSTemplateFormatVersion: 2010-09-09
Transform: [AWS::LanguageExtensions]
Parameters: {Open: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Buckets:
    - Name
    - [raw, clean]
    - Bucket${Name}:
        Type: AWS::S3::Bucket
        Properties: {BucketName: !Sub 'models-${Name}'}
      Fn::ForEach::Inner:
        - Zone
        - [x, y]
        - Queue${Name}${Zone}: {Type: AWS::SQS::Queue, Properties: {Dead: !GetAtt 'Bucket${Name}.Arn'}}
  Fn::ForEach::Unknown:
    - Name
    - !Ref Open
    - Bucket${Name}: {Type: AWS::S3::Bucket}
",
    );
    let names: Vec<_> = part.resources.iter().map(|resource| resource.name.as_str()).collect();
    assert_eq!(names, ["Bucketraw", "Queuerawx", "Queuerawy", "Bucketclean", "Queuecleanx", "Queuecleany"]);
    assert_eq!(part.resources[0].attributes.to_json(), json!({"BucketName": "models-raw"}));
    assert_eq!(edges(&part.resources[5]), ["Dead -> Bucketclean"]);
    let reasons: Vec<_> =
        part.not_rendered.iter().map(|unread| (unread.line, unread.reason.as_str())).collect();
    assert_eq!(reasons, [(Some(16), "`Fn::ForEach::Unknown` is not expanded")]);
}

#[test]
fn sam_globals_are_merged() {
    let part = evaluate(
        "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    Layers: [base]
    Environment: {Variables: {A: 1, B: 2}}
    VpcConfig: {SecurityGroupIds: [sg-1]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Layers: [own]
      Environment: {Variables: {B: 3}}
      VpcConfig: !Ref AWS::NoValue
  G: {Type: AWS::Serverless::Function}
  T: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: t}}
",
    );
    let json: Vec<_> = part.resources.iter().map(|resource| resource.attributes.to_json()).collect();
    assert_eq!(
        json,
        [
            json!({"Runtime": "python3.12", "Timeout": 30, "Layers": ["base", "own"],
                   "Environment": {"Variables": {"A": 1, "B": 3}}}),
            json!({"Runtime": "python3.12", "Timeout": 10, "Layers": ["base"],
                   "Environment": {"Variables": {"A": 1, "B": 2}}, "VpcConfig": {"SecurityGroupIds": ["sg-1"]}}),
            json!({"TableName": "t"}),
        ]
    );
    assert!(part.not_rendered[0].reason.starts_with("SAM: "));
}

#[test]
fn what_is_not_expanded_says_so() {
    let parent = document(
        "infra/parent.yaml",
        "
Transform: [{Name: MyMacro, Parameters: {}}, 'AWS::CodeDeployBlueGreen']
Resources:
  Near: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./child.yaml}}
  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x/y.yaml'}}
  Mod: {Type: 'Org::S3::Bucket::MODULE'}
  Fn::Transform: {Name: AWS::Include}
  Bad: {Properties: {}}
",
    );
    let part = facts(&parent, &HashSet::from(["infra/child.yaml", parent.path.as_str()]));
    let reasons: Vec<_> = part.not_rendered.iter().map(|unread| unread.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "transform `MyMacro` is not run: judged as written",
            "transform `AWS::CodeDeployBlueGreen` is not run: judged as written",
            "nested stack `Near`: infra/child.yaml is judged with its defaults, not with these parameters",
            "nested stack `Far`: its template is not in this repository",
            "module `Mod` (Org::S3::Bucket::MODULE) is not expanded",
            "`Fn::Transform` is not expanded",
            "resource `Bad` has no type",
        ]
    );
    assert_eq!(part.resources.len(), 3);
}

#[test]
fn large_and_deep_templates_end() {
    let many: Vec<_> = (0..200).map(|index| format!("      K{index}: !Ref L\n")).collect();
    let many = many.concat();
    let long = vec!["x"; 200_000].join(",");
    let part = evaluate(&format!(
        "Parameters:\n  L: {{Type: CommaDelimitedList, Default: '{long}'}}\n\
         Resources:\n  B:\n    Type: A::B::C\n    Properties:\n{many}"
    ));
    assert!(part.not_rendered[0].reason.contains("the rest is unknown"), "{:?}", part.not_rendered);

    let loops: String = (0..12).fold(String::from("{'K${A}': {Type: A::B::C}}"), |body, _| {
        format!("{{'Fn::ForEach::L': [A, [a,b,c,d,e,f,g,h,i,j], {body}]}}")
    });
    assert!(
        evaluate(&format!("Resources: {loops}\nTransform: AWS::LanguageExtensions")).resources.len() <= 1
    );

    let chain: Vec<_> =
        (0..5000).map(|index| format!("  C{index}: !Not [!Condition C{}]\n", index + 1)).collect();
    let chain = chain.concat();
    let part = evaluate(&format!(
        "Conditions:\n{chain}Resources: {{A: {{Type: A::B::C, Condition: C0, Properties: {{P: !If [C0, 1, 2]}}}}}}"
    ));
    assert_eq!(part.resources[0].attributes.to_json(), json!({"P": 1}));

    let deep = format!("{}x{}", "!If [C, ".repeat(40), ", y]".repeat(40));
    let part = evaluate(&format!("Resources: {{A: {{Type: A::B::C, Properties: {{P: {deep}}}}}}}"));
    assert_eq!(unknown(&part.resources[0]), ["P"]);
}

/// Anything that could stand in a template.
fn anything() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[a-cA-C]|AWS::NoValue|AWS::Region|[$&]\\{[A-C!.]{0,3}\\}?|\\PC{0,6}|10\\.0\\.0\\.0/8"
            .prop_map(Json::from),
    ];
    let key = prop_oneof![
        proptest::sample::select(vec![
            "Ref",
            "Condition",
            "Fn::And",
            "Fn::Base64",
            "Fn::Cidr",
            "Fn::Equals",
            "Fn::FindInMap",
            "Fn::ForEach::X",
            "Fn::GetAtt",
            "Fn::If",
            "Fn::Join",
            "Fn::Length",
            "Fn::Not",
            "Fn::Or",
            "Fn::Select",
            "Fn::Split",
            "Fn::Sub",
            "Fn::ToJsonString",
            "Fn::Transform",
            "Type",
            "Default",
        ])
        .prop_map(str::to_owned),
        "[A-C]",
    ];
    leaf.prop_recursive(6, 64, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(key.clone(), inner, 0..3)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_templates_are_evaluated(
        parameters in anything(), conditions in anything(), mappings in anything(),
        globals in anything(), transform in anything(), properties in anything(), resources in anything(),
    ) {
        let mut all = json!({"A": {"Type": "AWS::Serverless::Function", "Condition": "A", "Properties": properties}});
        if let (Some(all), Some(more)) = (all.as_object_mut(), resources.as_object()) {
            all.extend(more.clone());
        }
        let transform = if transform.is_null() { json!(sam::TRANSFORM) } else { transform };
        let text = json!({
            "AWSTemplateFormatVersion": "2010-09-09", "Parameters": {"A": parameters, "B": {"Default": "a,b", "Type": "CommaDelimitedList"}},
            "Conditions": {"A": conditions.clone(), "B": {"Condition": "A"}, "C": conditions}, "Mappings": {"A": mappings},
            "Globals": {"Function": globals}, "Transform": transform, "Resources": all,
        });
        let part = evaluate(&text.to_string());
        let subjects: HashSet<_> = part.resources.iter().map(|resource| &resource.subject).collect();
        prop_assert_eq!(subjects.len(), part.resources.len());
        for resource in &part.resources {
            for edge in &resource.references {
                prop_assert!(part.resources.iter().any(|other| other.name == edge.target)
                    || text["Resources"].get(&edge.target).is_some() || edge.target.contains(|c: char| !c.is_ascii()));
            }
        }
    }
}
