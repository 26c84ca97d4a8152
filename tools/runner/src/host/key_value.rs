//! `fermyon:spin/key-value@2.0.0`.

use std::sync::Arc;

use wasmtime::component::Resource;

use super::{
    bindings::key_value::{Error, Host, HostStore},
    ctx::Ctx,
    scope::{Scope, Step},
};
use crate::{
    effects::{Effect, EffectKind, Moment},
    store::Backend,
};

/// A store that a guest has opened.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Opened(Arc<Backend>);

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Asks the observers around one call.
async fn observed<T>(
    scope: &Scope,
    effect: Effect,
    call: impl Future<Output = Result<T, String>>,
) -> Answer<T> {
    let failed = || Ok(Err(Error::Other("made to fail".to_owned())));
    match scope.ask(Moment::Before, &effect).await {
        Step::Go => {}
        Step::Fail => return failed(),
        Step::Killed => std::future::pending().await,
    }
    let outcome = call.await;
    match scope.ask(Moment::After, &effect).await {
        Step::Go => Ok(outcome.map_err(Error::Other)),
        Step::Fail => failed(),
        Step::Killed => std::future::pending().await,
    }
}

impl Ctx {
    fn backend(&self, store: &Resource<Opened>) -> wasmtime::Result<(Arc<Scope>, Arc<Backend>)> {
        Ok((Arc::clone(&self.scope), Arc::clone(&self.table.get(store)?.0)))
    }
}

impl Host for Ctx {}

impl HostStore for Ctx {
    async fn open(&mut self, label: String) -> Answer<Resource<Opened>> {
        match self.scope.component.stores.get(&label) {
            Some(backend) => Ok(Ok(self.table.push(Opened(Arc::clone(backend)))?)),
            None => Ok(Err(Error::AccessDenied)),
        }
    }

    async fn get(&mut self, store: Resource<Opened>, key: String) -> Answer<Option<Vec<u8>>> {
        let (scope, backend) = self.backend(&store)?;
        scope.count(|calls| calls.gets += 1);
        let effect = scope.effect(EffectKind::StoreRead, "get", &key);
        observed(&scope, effect, backend.get(&key)).await
    }

    async fn set(&mut self, store: Resource<Opened>, key: String, value: Vec<u8>) -> Answer<()> {
        let (scope, backend) = self.backend(&store)?;
        scope.count(|calls| calls.sets += 1);
        let effect = Effect { bytes: value.len(), ..scope.effect(EffectKind::StoreWrite, "set", &key) };
        observed(&scope, effect, backend.set(key, value)).await
    }

    async fn delete(&mut self, store: Resource<Opened>, key: String) -> Answer<()> {
        let (scope, backend) = self.backend(&store)?;
        scope.count(|calls| calls.deletes += 1);
        let effect = scope.effect(EffectKind::StoreWrite, "delete", &key);
        observed(&scope, effect, backend.delete(key)).await
    }

    async fn exists(&mut self, store: Resource<Opened>, key: String) -> Answer<bool> {
        let (scope, backend) = self.backend(&store)?;
        scope.count(|calls| calls.exists += 1);
        let effect = scope.effect(EffectKind::StoreRead, "exists", &key);
        observed(&scope, effect, backend.exists(&key)).await
    }

    async fn get_keys(&mut self, store: Resource<Opened>) -> Answer<Vec<String>> {
        let (scope, backend) = self.backend(&store)?;
        scope.count(|calls| calls.lists += 1);
        let effect = scope.effect(EffectKind::StoreRead, "list", "");
        observed(&scope, effect, backend.keys()).await
    }

    async fn drop(&mut self, store: Resource<Opened>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}
