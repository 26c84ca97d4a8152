//! `fermyon:spin/variables@2.0.0`.

use super::{
    bindings::variables::{Error, Host},
    ctx::Ctx,
};
use crate::manifest::is_variable_name;

impl Host for Ctx {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, Error>> {
        self.scope.count(|calls| calls.variables += 1);
        if !is_variable_name(&name) {
            return Ok(Err(Error::InvalidName(name)));
        }
        let value = self.scope.component.variables.get(&name).cloned();
        Ok(value.ok_or_else(|| Error::Undefined(format!("no variable `{name}` for this component"))))
    }
}
