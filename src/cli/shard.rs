//! A share of a list of work, for engines that start the same command several times.

use std::str::FromStr;

/// The `index`-th of `count` shares, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

/// Where engines say which task of how many this is, and from which number they count.
const ENGINES: [(&str, &str, usize); 3] = [
    // https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode; the count is the manifest's.
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0),
    // https://docs.gitlab.com/ci/variables/predefined_variables/
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
    // For matrices: strategy.job-index and strategy.job-total of GitHub Actions.
    ("PROBITY_SHARD_INDEX", "PROBITY_SHARD_TOTAL", 0),
];

impl Shard {
    pub const ALL: Shard = Shard { index: 0, count: 1 };

    /// What was asked for: `2/5` counts from 1; `auto` asks the environment; without either, all.
    ///
    /// # Errors
    /// It is no share, or no engine says which.
    pub fn chosen(asked: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        match asked {
            None => Ok(Self::ALL),
            Some("auto") => Self::of_environment(variable),
            Some(text) => text.parse(),
        }
    }

    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |name: &str| -> Result<Option<usize>, String> {
            let Some(text) = variable(name) else { return Ok(None) };
            text.parse().map(Some).map_err(|_| format!("{name} is `{text}`, not a number"))
        };
        // https://slurm.schedmd.com/job_array.html: an array may begin anywhere.
        if let (Some(task), Some(count)) = (number("SLURM_ARRAY_TASK_ID")?, number("SLURM_ARRAY_TASK_COUNT")?)
        {
            let first = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
            return Self::new(task.checked_sub(first), count);
        }
        for (index, total, from) in ENGINES {
            if let (Some(index), Some(total)) = (number(index)?, number(total)?) {
                return Self::new(index.checked_sub(from), total);
            }
        }
        let names: Vec<&str> =
            ENGINES.iter().map(|(index, ..)| *index).chain(["SLURM_ARRAY_TASK_ID"]).collect();
        Err(format!("--shard auto: none of {} is set with its total", names.join(", ")))
    }

    fn new(index: Option<usize>, count: usize) -> Result<Self, String> {
        match index {
            Some(index) if index < count => Ok(Self { index, count }),
            _ => Err(format!("there is no such share of {count}")),
        }
    }

    /// Is the item at this place of the list in it?
    pub fn has(self, at: usize) -> bool {
        at % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<usize>().ok();
        let pair = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        let (index, count) = pair.ok_or_else(|| format!("`{text}` is no share: write 2/5, or auto"))?;
        Self::new(index.checked_sub(1), count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_and_apart() {
        for count in 1..9 {
            for at in 0..40 {
                let shares =
                    (1..=count).filter(|index| format!("{index}/{count}").parse::<Shard>().unwrap().has(at));
                assert_eq!(shares.count(), 1, "{at} of {count}");
            }
        }
        for odd in ["0/3", "4/3", "1", "a/b", "1/0", ""] {
            assert!(odd.parse::<Shard>().is_err(), "{odd}");
        }
    }

    #[test]
    fn engines_say_which() {
        let with = |known: &[(&str, &str)]| {
            Shard::chosen(Some("auto"), |name| {
                known.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let second_of_three = Ok(Shard { index: 1, count: 3 });
        assert_eq!(with(&[("JOB_COMPLETION_INDEX", "1"), ("JOB_COMPLETIONS", "3")]), second_of_three);
        assert_eq!(with(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")]), second_of_three);
        let slurm =
            [("SLURM_ARRAY_TASK_ID", "11"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_MIN", "10")];
        assert_eq!(with(&slurm), second_of_three);
        assert_eq!(with(&[("PROBITY_SHARD_INDEX", "1"), ("PROBITY_SHARD_TOTAL", "3")]), second_of_three);
        assert!(with(&[("JOB_COMPLETION_INDEX", "1")]).is_err(), "without a total nobody knows");
        assert!(
            with(&[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "3")]).unwrap_err().contains("CI_NODE_INDEX")
        );
    }
}
