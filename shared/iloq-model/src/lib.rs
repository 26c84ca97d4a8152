//! iloq-model
