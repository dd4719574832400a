"""Service items, situations (办理情形), materials, forms and regions: data the centre publishes, with their version."""

from kiosk.catalogue.application import (
    Application,
    FieldSpec,
    FormPage,
    Material,
    MetBy,
    Necessity,
    Option,
    Question,
    When,
)
from kiosk.catalogue.catalogue import ASSETS, SHIPPED_FOLDER, SHIPPED_SAMPLES, Catalogue
from kiosk.catalogue.errors import CatalogueError
from kiosk.catalogue.items import Item, ListedMaterial
from kiosk.catalogue.regions import Region, Regions
from kiosk.catalogue.texts import Text

__all__ = [
    "ASSETS",
    "SHIPPED_FOLDER",
    "SHIPPED_SAMPLES",
    "Application",
    "Catalogue",
    "CatalogueError",
    "FieldSpec",
    "FormPage",
    "Item",
    "ListedMaterial",
    "Material",
    "MetBy",
    "Necessity",
    "Option",
    "Question",
    "Region",
    "Regions",
    "Text",
    "When",
]
