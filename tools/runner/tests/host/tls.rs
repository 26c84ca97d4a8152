//! `https` with an authority of the operator's own.

use std::{io::Write, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use runner::RuntimeConfig;
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::probe::{Probe, options, state};

/// An authority (its PEM file) and a server for `localhost` that it vouches for.
async fn server(folder: &TempDir) -> (PathBuf, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let pem = folder.path().join("ca.pem");
    std::fs::File::create(&pem).unwrap().write_all(authority.pem().as_bytes()).unwrap();

    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(answer(listener, TlsAcceptor::from(Arc::new(config))));
    (pem, format!("https://localhost:{port}/"))
}

async fn answer(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        // A client that does not trust us leaves during the handshake.
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut request = [0; 2048];
        if stream.read(&mut request).await.is_ok() {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntls").await.unwrap();
        }
    }
}

async fn call(state: &TempDir, config: RuntimeConfig, url: &str) -> (u16, String) {
    let options = options(state).variable("origin", "https://localhost:*").runtime_config(config);
    Probe::start(options).await.get(&format!("/a/outbound?{url}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_in_the_runtime_configuration_is_trusted_for_its_hosts() {
    let state = state();
    let (pem, url) = server(&state).await;
    let file = state.path().join("runtime.toml");
    std::fs::write(
        &file,
        "[[client_tls]]\ncomponent_ids = [\"a\"]\nhosts = [\"localhost\"]\nca_roots_file = \"ca.pem\"\n",
    )
    .unwrap();
    assert!(pem.exists());
    assert_eq!(call(&state, RuntimeConfig::load(&file).unwrap(), &url).await, (200, "tls".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_it_the_server_is_not_trusted() {
    let state = state();
    let (_, url) = server(&state).await;
    let (status, error) = call(&state, RuntimeConfig::default(), &url).await;
    assert_eq!(status, 502);
    assert!(error.contains("TlsProtocolError"), "{error}");
}
