//! Calls a job's route when Spin's cron trigger says so. Which job is the component's variable `job`.
#![cfg_attr(target_family = "wasm", allow(unsafe_code, missing_docs, clippy::pedantic))] // the bindings' macro

#[cfg(target_family = "wasm")]
mod export {
    use integration::schedule;
    use platform::SpinPlatform;

    spin_sdk::wit_bindgen::generate!({
        world: "iloq-functions:schedule/schedule",
        path: "../../wit",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
        generate_all,
    });
    struct Schedule;
    export!(Schedule);

    impl Guest for Schedule {
        fn handle_cron_event(_: Metadata) -> Result<(), Error> {
            let platform = SpinPlatform::default();
            spin_sdk::http::run(schedule::tick(&platform)).map_err(Error::Other)
        }
    }
}
