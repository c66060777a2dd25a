/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import io.clowder.store.LiveCopies;
import io.clowder.store.OperationId;
import io.clowder.store.SessionDelta;
import io.clowder.store.SessionTimes;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Live copies that say when they are asked to let go, and then do not answer. */
record StuckCopies(LiveCopies copies, CompletableFuture<Void> asked, CompletableFuture<Void> until)
        implements LiveCopies {

    @Override
    public @Nullable SessionTimes release(String id, long counter) {
        asked.complete(null);
        until.join();
        return copies.release(id, counter);
    }

    @Override
    public void changed(String id, long counter) {
        copies.changed(id, counter);
    }

    @Override
    public @Nullable SessionDelta whole(String id, OperationId operation) {
        return copies.whole(id, operation);
    }

    @Override
    public boolean remembers(String id) {
        return copies.remembers(id);
    }

    @Override
    public void doubtAll() {
        copies.doubtAll();
    }
}
