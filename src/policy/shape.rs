//! Which shape of input a policy without metadata was written for, told from what it reads.

use super::ast::Module;
use crate::facts::Shape;

/// The shape that a module reads, else the one of the modules that it uses.
pub fn of<'m>(own: &Module, used: impl Iterator<Item = &'m Module>) -> Shape {
    let told = told(own);
    // A module that reads input by itself decides; libraries may know several shapes.
    if told.is_some() || !own.reads.is_empty() {
        return told.unwrap_or_default();
    }
    let mut used = used.filter_map(self::told);
    used.next().unwrap_or_default()
}

fn told(module: &Module) -> Option<Shape> {
    let reads = |place: &str| {
        module.reads.iter().any(|path| {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    // `plan := input` and `walk(input)` hide the path; the word is still there.
    let whole = module.reads.contains("input");
    let mentions = |word: &str| module.rules.iter().any(|rule| rule.words.contains(word));
    let plan = ["input.resource_changes", "input.planned_values", "input.configuration.root_module"];
    if plan.into_iter().any(reads) || whole && (mentions("resource_changes") || mentions("planned_values")) {
        return Some(Shape::TerraformPlan);
    }
    if reads("input.review") || whole && mentions("review") && mentions("object") {
        return Some(Shape::Gatekeeper);
    }
    if (whole || reads("input[]")) && mentions("contents") {
        return Some(Shape::Combine);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::ast::RegoFile;

    #[test]
    fn what_is_read_tells_the_shape() {
        for (body, shape) in [
            ("deny contains \"x\" if input.resource_changes[_].type == \"t\"", Shape::TerraformPlan),
            ("deny contains \"x\" if { plan := input; plan.resource_changes[_].type }", Shape::TerraformPlan),
            ("deny contains \"x\" if walk(input.planned_values, [_, _])", Shape::TerraformPlan),
            ("deny contains \"x\" if input[\"configuration\"].root_module.resources", Shape::TerraformPlan),
            ("deny contains \"x\" if input.review.object.kind == \"Pod\"", Shape::Gatekeeper),
            ("deny contains \"x\" if input[i].contents.kind == \"Service\"", Shape::Combine),
            ("deny contains \"x\" if { some file in input; file.contents.kind }", Shape::Combine),
            ("deny contains \"x\" if { some i; input[i].path; doc := input[i].contents }", Shape::Combine),
            ("deny contains \"x\" if input.contents == 1", Shape::Plain),
            ("deny contains \"x\" if input.reviewers == 1", Shape::Plain),
            ("deny contains \"x\" if input.resource.aws_s3_bucket[_][_].acl", Shape::Plain),
        ] {
            let file =
                RegoFile::parse("t.rego".to_owned(), format!("package t\nimport rego.v1\n{body}\n")).unwrap();
            assert_eq!(of(&file.module, std::iter::empty()), shape, "{body}: {:?}", file.module.reads);
        }
        let alias = "package t\nimport input as tfplan\ndeny[\"x\"] { tfplan.resource_changes[_].type }\n";
        let file = RegoFile::parse("t.rego".to_owned(), alias.to_owned()).unwrap();
        assert_eq!(of(&file.module, std::iter::empty()), Shape::TerraformPlan, "{:?}", file.module.reads);
    }

    #[test]
    fn a_policy_that_reads_nothing_itself_goes_by_its_library() {
        let parse = |text: &str| RegoFile::parse("t.rego".to_owned(), text.to_owned()).unwrap().module;
        let own = parse(
            "package main\nimport rego.v1\nimport data.lib\ndeny contains r.address if some r in lib.changes\n",
        );
        let library = parse("package lib\nimport rego.v1\nchanges := input.resource_changes\n");
        assert_eq!(of(&own, [&library].into_iter()), Shape::TerraformPlan);
    }
}
