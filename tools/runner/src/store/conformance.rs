//! What every backend keeps to: the same cases on SQLite and on a real `redis-server`.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use redis_server::RedisServer;
use tempfile::TempDir;

use super::{Backend, redis::Redis, sqlite::Sqlite};

/// The largest value that the functions write.
const LARGE: usize = 400_000;

/// Where a backend keeps its data.
enum Place {
    Sqlite(TempDir),
    Redis(RedisServer),
}

impl Place {
    fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    fn redis() -> Self {
        Self::Redis(RedisServer::start())
    }

    /// A handle as a process of its own has it.
    fn open(&self) -> Arc<Backend> {
        Arc::new(match self {
            Self::Redis(server) => Backend::Redis(Redis::new(&server.url()).unwrap()),
            Self::Sqlite(folder) => {
                Backend::Sqlite(Sqlite::open(&folder.path().join("kv.db"), "default").unwrap())
            }
        })
    }

    /// As after a power cut.
    fn restart(&mut self) {
        if let Self::Redis(server) = self {
            server.kill();
            server.start_again();
        }
    }
}

async fn set(store: &Backend, key: &str, value: &[u8]) {
    store.set(key.to_owned(), value.to_vec()).await.unwrap();
}

async fn get(store: &Backend, key: &str) -> Option<Vec<u8>> {
    store.get(key).await.unwrap()
}

/// The listing in order; each key once.
async fn keys(store: &Backend) -> BTreeSet<String> {
    let listed = store.keys().await.unwrap();
    let set: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(set.len(), listed.len(), "a key is listed twice");
    set
}

async fn what_is_absent(place: &Place) {
    let store = place.open();
    assert_eq!(get(&store, "absent").await, None);
    assert!(!store.exists("absent").await.unwrap());
    assert_eq!(keys(&store).await.len(), 0);
    store.delete("absent".to_owned()).await.unwrap();
}

async fn what_is_set_overwritten_and_deleted(place: &Place) {
    let store = place.open();
    set(&store, "one", b"1").await;
    set(&store, "two", b"2").await;
    assert_eq!(get(&store, "one").await.unwrap(), b"1");
    assert!(store.exists("one").await.unwrap());
    set(&store, "one", b"another").await;
    assert_eq!(get(&store, "one").await.unwrap(), b"another");
    assert_eq!(keys(&store).await, BTreeSet::from(["one".to_owned(), "two".to_owned()]));
    store.delete("one".to_owned()).await.unwrap();
    assert_eq!(get(&store, "one").await, None);
    assert!(!store.exists("one").await.unwrap());
    assert_eq!(keys(&store).await, BTreeSet::from(["two".to_owned()]));
}

async fn values_of_all_sorts(place: &Place) {
    let store = place.open();
    let bytes: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = bytes.iter().copied().cycle().take(LARGE).collect();
    for (key, value) in [("none", Vec::new()), ("bytes", bytes), ("large", large), ("nul", vec![0; 3])] {
        set(&store, key, &value).await;
        assert!(get(&store, key).await.as_ref() == Some(&value), "{key}");
        assert!(store.exists(key).await.unwrap(), "{key}");
    }
    assert_eq!(keys(&store).await.len(), 4);
}

async fn keys_of_all_sorts(place: &Place) {
    let store = place.open();
    let allowed = "ABCXYZabcxyz0189._:~-";
    let mut all: BTreeSet<String> = allowed.chars().map(String::from).collect();
    all.insert("k".repeat(255));
    all.insert(format!("{}~", "k".repeat(254)));
    all.extend(
        ["iloq-functions:house:1:u:anna", "iloq-functions:house:1:u:Anna", "a:", ":a"].map(str::to_owned),
    );
    for key in &all {
        set(&store, key, key.as_bytes()).await;
    }
    for key in &all {
        assert_eq!(get(&store, key).await.unwrap(), key.as_bytes());
    }
    assert_eq!(keys(&store).await, all);
}

async fn a_listing_of_many(place: &Place) {
    let store = place.open();
    let all: BTreeSet<String> = (0..5_000).map(|n| format!("many:{n}")).collect();
    let write = all.iter().map(|key| store.set(key.clone(), b"v".to_vec()));
    futures_of(write).await;
    assert_eq!(keys(&store).await, all);
}

/// All at the same time.
async fn futures_of(all: impl Iterator<Item = impl Future<Output = Result<(), String>>>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| match one.as_mut().poll(cx) {
            std::task::Poll::Ready(done) => {
                done.unwrap();
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// What is there all the time is listed, whatever comes and goes meanwhile.
async fn a_listing_while_others_write(place: &Place) {
    let store = place.open();
    let stay: BTreeSet<String> = (0..500).map(|n| format!("stay:{n}")).collect();
    for key in &stay {
        set(&store, key, b"v").await;
    }
    let other = place.open();
    let writer = tokio::spawn(async move {
        for n in 0..400 {
            set(&other, &format!("go:{n}"), b"v").await;
            if n >= 20 {
                other.delete(format!("go:{}", n - 20)).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        let listed = keys(&store).await;
        assert!(listed.is_superset(&stay), "{:?}", stay.difference(&listed).collect::<Vec<_>>());
    }
    writer.await.unwrap();
}

/// What one has been told is written, the other reads.
async fn two_handles_on_the_same_data(place: &Place) {
    let (one, two) = (place.open(), place.open());
    for n in 0..50_u8 {
        let (writer, reader) = if n % 2 == 0 { (&one, &two) } else { (&two, &one) };
        set(writer, "shared", &[n]).await;
        assert_eq!(get(reader, "shared").await.unwrap(), [n]);
    }
    one.delete("shared".to_owned()).await.unwrap();
    assert_eq!(get(&two, "shared").await, None);
}

async fn writers_at_the_same_time(place: &Place) {
    let handles = [place.open(), place.open()];
    let tasks: Vec<_> = (0..8_u8)
        .map(|writer| {
            let store = Arc::clone(&handles[usize::from(writer % 2)]);
            tokio::spawn(async move {
                for n in 0..50 {
                    set(&store, &format!("own:{writer}:{n}"), &[writer]).await;
                    // Long enough to be seen if it were torn.
                    set(&store, "contended", &vec![writer; 10_000]).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let last = get(&handles[0], "contended").await.unwrap();
    assert!(last.len() == 10_000 && last.iter().all(|byte| *byte == last[0]), "one of them wholly");
    assert_eq!(get(&handles[1], "contended").await.unwrap(), last);
    assert_eq!(keys(&handles[1]).await.len(), 8 * 50 + 1);
}

async fn what_is_there_after_opening_again(place: &mut Place) {
    let store = place.open();
    let large = vec![7; LARGE];
    set(&store, "small", b"1").await;
    set(&store, "large", &large).await;
    set(&store, "gone", b"1").await;
    store.delete("gone".to_owned()).await.unwrap();
    drop(store);
    place.restart();
    let store = place.open();
    assert_eq!(get(&store, "small").await.unwrap(), b"1");
    assert!(get(&store, "large").await.unwrap() == large);
    assert_eq!(keys(&store).await, BTreeSet::from(["large".to_owned(), "small".to_owned()]));
}

async fn conforms(place: impl Fn() -> Place) {
    what_is_absent(&place()).await;
    what_is_set_overwritten_and_deleted(&place()).await;
    values_of_all_sorts(&place()).await;
    keys_of_all_sorts(&place()).await;
    a_listing_of_many(&place()).await;
    a_listing_while_others_write(&place()).await;
    two_handles_on_the_same_data(&place()).await;
    writers_at_the_same_time(&place()).await;
    what_is_there_after_opening_again(&mut place()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    conforms(Place::sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis() {
    conforms(Place::redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_reads_its_data_is_waited_for() {
    let mut server = RedisServer::start();
    let store = Redis::new(&server.url()).unwrap();
    for n in 0..3_000 {
        store.set(&format!("many:{n}"), vec![1]).await.unwrap();
    }
    server.kill();
    server.start_loading(Duration::from_micros(100));
    let store = Redis::new(&server.url()).unwrap();
    assert_eq!(store.get("many:2999").await.unwrap().unwrap(), [1]);
}
