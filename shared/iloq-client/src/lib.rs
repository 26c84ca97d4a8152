//! iloq-client
