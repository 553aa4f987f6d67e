//! What a message costs: composing one of 60 KB for each subscriber, and signing it.
//!
//! `cargo bench -p press --bench mail`. The limits of sending are elsewhere; this is what we add to them.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use press::mail::dkim::{Signer, new_ed25519};
use press::mail::message::{Content, Head, Mailbox, Prepared, Subscriber};
use press_core::render::gaps::Gapped;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// A message of about 60 KB, as long as a mail with both its parts usually is.
fn prepared(signers: Vec<Signer>) -> Prepared {
    let item = "<li><a href=\"https://tern.example/articles/an-article\">A title of some length</a></li>\n";
    let html = format!(
        "<html>{}<a href=\"https://tern.example/u/{{token}}\">Leave</a></html>\n",
        item.repeat(420)
    );
    let text = format!(
        "{}https://tern.example/u/{{token}}\n",
        "* A title of some length\n".repeat(720)
    );
    let head = Head {
        from: Mailbox {
            name: "This Week in Tern".to_owned(),
            address: "weekly@tern.example".to_owned(),
        },
        subject: "This Week in Tern 53".to_owned(),
        issue: "53".to_owned(),
        list: "weekly".to_owned(),
        list_name: "This Week in Tern".to_owned(),
        domain: "tern.example".to_owned(),
        unsubscribe: vec![
            Gapped::split("https://tern.example/unsubscribe/{token}", "{token}"),
            Gapped::split(
                "mailto:bounces@tern.example?subject=unsubscribe%20{token}",
                "{token}",
            ),
        ],
        ..Head::default()
    };
    let content = Content {
        text: Gapped::split(&text, "{token}"),
        html: Some(Gapped::split(&html, "{token}")),
    };
    Prepared::new(&head, &content, signers.into())
}

fn measure(bencher: Bencher<'_, '_>, signers: Vec<Signer>) {
    let prepared = prepared(signers);
    let mut out = Vec::new();
    let mut id = 0;
    let subscriber = Subscriber {
        address: "ada@gull.example",
        name: Some("Ada Möwe"),
        token: "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
        id: 0,
    };
    let size = prepared.size_bytes();
    bencher
        .counter(ItemsCount::new(1u32))
        .counter(BytesCount::new(size))
        .bench_local(move || {
            id += 1;
            prepared
                .compose(&Subscriber { id, ..subscriber }, &mut out)
                .expect("it can be mailed");
            divan::black_box(out.len())
        });
}

fn ed25519() -> Signer {
    Signer::new("tern.example", "ed", new_ed25519().as_bytes()).expect("it is a key")
}

fn rsa() -> Signer {
    let pem = include_bytes!("../tests/it/signed/rsa.pem");
    Signer::new("tern.example", "rsa", pem).expect("it is a key")
}

#[divan::bench]
fn composed(bencher: Bencher<'_, '_>) {
    measure(bencher, Vec::new());
}

#[divan::bench]
fn signed_ed25519(bencher: Bencher<'_, '_>) {
    measure(bencher, vec![ed25519()]);
}

#[divan::bench]
fn signed_rsa_2048(bencher: Bencher<'_, '_>) {
    measure(bencher, vec![rsa()]);
}

#[divan::bench]
fn signed_both(bencher: Bencher<'_, '_>) {
    measure(bencher, vec![rsa(), ed25519()]);
}

/// What the signature alone costs, for comparison.
#[divan::bench]
fn ring_rsa_2048_alone(bencher: Bencher<'_, '_>) {
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    let der = PrivateKeyDer::from_pem_slice(include_bytes!("../tests/it/signed/rsa.pem"));
    let key = RsaKeyPair::from_pkcs8(der.expect("it is PEM").secret_der()).expect("it is RSA");
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    bencher.counter(ItemsCount::new(1u32)).bench_local(move || {
        key.sign(&RSA_PKCS1_SHA256, &random, &[7; 2_000], &mut signature)
            .expect("it signs");
    });
}

/// Preparing a variant, once a campaign.
#[divan::bench]
fn prepared_once(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| prepared(Vec::new()).size_bytes());
}

/// Several at once share what was prepared.
#[divan::bench(threads = [1, 2])]
fn composed_on_threads(bencher: Bencher<'_, '_>) {
    let prepared = Arc::new(prepared(Vec::new()));
    bencher
        .counter(ItemsCount::new(1u32))
        .with_inputs(|| Vec::with_capacity(100_000))
        .bench_refs(|out| {
            let subscriber = Subscriber {
                address: "ada@gull.example",
                name: None,
                token: "Zm9v",
                id: 7,
            };
            prepared
                .compose(&subscriber, out)
                .expect("it can be mailed");
        });
}
