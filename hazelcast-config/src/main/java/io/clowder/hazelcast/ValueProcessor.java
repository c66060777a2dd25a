/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** What {@link SharedValues} does where a value lives. An empty answer stands for "none" and for "no". */
interface ValueProcessor extends EntryProcessor<String, byte[], byte[]>, IdentifiedDataSerializable {

    byte[] NO = {};

    static byte[] answer(boolean yes) {
        return yes ? new byte[] {1} : NO;
    }

    @Override
    default int getFactoryId() {
        return ClowderSerialization.FACTORY_ID;
    }
}
