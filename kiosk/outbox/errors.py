"""What can go wrong with the store, each with a remedy. No message carries content.

StoreError
├── DiskFull        no room: nothing was stored, nothing is half done
├── StoreDamaged    the database fails its check, or is no database
└── StoreTooNew     a newer version of this software wrote it
"""

from __future__ import annotations

from drivers.status import Action, Remedy, Who


class StoreError(Exception):
    """The terminal's store cannot do what was asked."""

    remedy = Remedy(
        Action.MAINTENANCE,
        Who.TECHNICIAN,
        "检查数据目录所在磁盘和目录权限",
        "Check the disk that holds the data folder, and the folder's permissions",
    )


class DiskFull(StoreError):
    """The disk that holds the data folder is full."""

    remedy = Remedy(
        Action.CLEAR,
        Who.TECHNICIAN,
        "数据目录所在磁盘已满，请清理出空间",
        "The disk that holds the data folder is full: make room",
    )


class StoreDamaged(StoreError):
    """The database is damaged."""

    remedy = Remedy(
        Action.MAINTENANCE,
        Who.TECHNICIAN,
        "数据库已损坏：停机，备份整个数据目录，更换磁盘后再恢复",
        "The database is damaged: stop, copy the whole data folder away, replace the disk, then restore",
    )


class StoreTooNew(StoreError):
    """A newer version of this software wrote the store."""

    remedy = Remedy(
        Action.CONFIGURATION,
        Who.TECHNICIAN,
        "数据由更新版本写入，请安装该版本或更新的版本",
        "Install the version that wrote this data, or a later one",
    )
