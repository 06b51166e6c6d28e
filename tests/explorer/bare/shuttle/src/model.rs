//! What is run on the explorer, too.

use std::num::NonZeroUsize;

use tokio::task::{spawn, yield_now};
use tokio_util::sync::CancellationToken;

use crate::worker_pool::WorkerPool;

/// Two workers run four jobs, while another task reads the results.
pub async fn four_jobs() {
    let workers = NonZeroUsize::new(2).expect("two are some");
    let (pool, mut results) = WorkerPool::start(workers, CancellationToken::new(), async |job| {
        yield_now().await;
        job
    });
    let reader = spawn(async move {
        let mut read = 0;
        while results.recv().await.is_some() {
            read += 1;
        }
        read
    });
    for job in 0..4 {
        assert!(pool.submit(job).await.is_ok(), "nothing is cancelled");
    }
    pool.shutdown().await;
    assert_eq!(reader.await.expect("the reader does not panic"), 4, "each job has a result");
}
