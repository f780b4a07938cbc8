package io.dunlin.gossip;

import io.dunlin.gossip.table.Entry;
import io.dunlin.gossip.table.RowRange;
import io.dunlin.gossip.table.TableCodec;
import io.dunlin.gossip.table.TableMessage.Busy;
import io.dunlin.gossip.table.TableMessage.Fetch;
import io.dunlin.gossip.table.TableMessage.Rows;
import io.dunlin.gossip.table.TableMessage.Want;
import java.util.ArrayList;

/** Answers those who ask for rows: a message each time, from where they are, so that nothing is kept of them here. */
final class RowServer {
    /** Answers that are on their way by stream. With that many, whoever else asks is told to ask later, or another. */
    private static final int MAX_SERVED = 8;

    /** The longest entry, and the range around it. */
    private static final int LEAST_ROOM = TableCodec.MAX_VALUE + TableCodec.MAX_KEY + TableCodec.MAX_TABLE + 512;

    private final TablePeers peers;
    private final TableStore store;
    private int served;

    RowServer(TablePeers peers, TableStore store) {
        this.peers = peers;
        this.store = store;
    }

    void fetch(Fetch fetch) {
        if (!peers.isMember(fetch.sender())) {
            return;
        }
        if (served == MAX_SERVED) {
            peers.send(fetch.sender(), new Busy(peers.localName(), fetch.request()));
            return;
        }
        served++;
        byte[] answer = TableCodec.encode(answer(fetch));
        peers.send(fetch.sender(), answer, _ -> served--);
    }

    private Rows answer(Fetch fetch) {
        var ranges = new ArrayList<RowRange>();
        int room = TableCodec.MAX_ROWS;
        for (Want want : fetch.wants()) {
            Replica replica = store.replica(want.owner());
            if (replica == null) {
                continue;
            }
            RowRange range = replica.rows().range(want, room - TableCodec.rangeSize(want.owner()));
            if (range != null) {
                ranges.add(range);
                room -= TableCodec.rangeSize(want.owner());
                for (Entry entry : range.entries()) {
                    room -= TableCodec.entrySize(entry);
                }
                if (room < LEAST_ROOM) {
                    break;
                }
            }
        }
        return new Rows(peers.localName(), fetch.request(), ranges);
    }
}
