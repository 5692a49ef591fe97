"""Indexes of what is due: sparse, sharded, read in order. What a reading costs is what is due,
however much there is; shards keep one partition of an index from taking every write.
"""

import zlib
from collections.abc import Iterator

from hub.store.database import Database, Item, Key
from hub.values import Value


class Index(Value):
    """An index of a table. `shard` and `time` are its attributes; shards begin with `prefix`."""

    table: str
    name: str
    shard: str
    time: str
    prefix: str
    shards: int

    def attributes(self, name: str, at: int) -> Item:
        """Give what puts an item into the index; `name` is what tells items apart."""
        number = zlib.crc32(name.encode()) % self.shards
        return {self.shard: f"{self.prefix}#{number}", self.time: at}

    def due(self, database: Database, until: int) -> Iterator[Item]:
        """Give what is due until then, shard by shard, each in order."""
        for number in range(self.shards):
            after: Key | None = None
            while True:
                read = database.query(
                    self.table,
                    f"{self.shard} = :shard AND {self.time} <= :until",
                    {":shard": f"{self.prefix}#{number}", ":until": until},
                    index=self.name,
                    after=after,
                )
                yield from read.items
                after = read.last
                if after is None:
                    break
