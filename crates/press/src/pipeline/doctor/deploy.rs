//! The places where the site is put: whether they can be reached and let us in.

use super::{Options, Report};
use crate::config::{Config, DeployKind, Secrets};
use crate::deploy::{Target, probe};
use std::time::Duration;

/// Longest that a place may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn look(
    config: &Config,
    secrets: &Secrets,
    options: &Options,
    report: &mut Report,
) {
    for deploy in &config.deploys {
        let name = &deploy.name;
        let target = Target::new(config, deploy, secrets);
        let here = matches!(target.kind(), DeployKind::Folder | DeployKind::Command);
        if options.offline && !here {
            report.skipped("deploy", format!("{name}: other machines are left alone"));
            continue;
        }
        match tokio::time::timeout(PATIENCE, probe(&target)).await {
            Ok(Ok(says)) => report.ok("deploy", format!("{name}: {says}")),
            Ok(Err(error)) => report.failed("deploy", &error),
            Err(_) => report.wrong(
                "deploy",
                format!("{name} did not answer within {} s", PATIENCE.as_secs()),
                "see whether it is well",
            ),
        }
    }
}
