//! Pressroom as a library: everything that reads clocks, files, sockets and databases.
//!
//! The program is in [`cli`]; this library exists so that tests and benches can reach the stages in
//! [`pipeline`] without starting a process. Texts and outputs are `press-core`'s part.

pub mod announce;
pub mod cli;
pub mod config;
pub mod deploy;
pub mod dns;
pub mod error;
pub mod git;
pub mod http;
mod lsp;
pub mod mail;
pub mod newsletter;
pub mod pipeline;
pub mod sigv4;
pub mod sources;
pub mod store;
mod web;

use cli::{Next, serve::Serve, server::Server, terminal};
use std::process::ExitCode;

/// The whole program: the command line first, then whatever it leaves to other drivers.
pub fn run() -> ExitCode {
    let done = cli::run().and_then(|next| match next {
        Next::Done => Ok(ExitCode::SUCCESS),
        Next::Denied => Ok(ExitCode::from(1)),
        Next::Later(error) => {
            error.print();
            // EX_TEMPFAIL of sysexits.h.
            Ok(ExitCode::from(75))
        }
        Next::Lsp(elsewhere) => lsp::serve(lsp::LspRequest { elsewhere }),
        Next::Server(server) => web::serve_readers(readers(*server)).map(|()| ExitCode::SUCCESS),
        Next::Serve(serve) => web::serve(request(*serve)).map(|()| ExitCode::SUCCESS),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            error.print();
            ExitCode::from(2)
        }
    }
}

fn readers(server: Server) -> web::ServerRequest {
    web::ServerRequest {
        config: server.config,
        site: server.site,
        listen: server.listen,
        ready: |url| terminal::tell(&format!("{url}  (Ctrl-C ends it)")),
        log: terminal::tell,
    }
}

fn request(serve: Serve) -> web::ServeRequest {
    web::ServeRequest {
        preview: serve.preview,
        address: serve.address,
        port: serve.port.unwrap_or(8000),
        any_port: serve.port.is_none(),
        ready: |url| terminal::tell(&format!("{url}  (Ctrl-C ends it)")),
        tell: terminal::tell,
    }
}
