"""The screens a citizen sees: one class per view of `kiosk.visit.views`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kiosk.visit import views
from screens.citizen.base import CitizenScreen
from screens.citizen.choosing import ListScreen
from screens.citizen.filling import FormScreen
from screens.citizen.finishing import DoneScreen, SignScreen
from screens.citizen.materials import CaptureScreen, ChecklistScreen, PageReviewScreen
from screens.citizen.reading import ConsentScreen, FactsScreen, GuideScreen, SampleScreen
from screens.citizen.start import AttractScreen, HomeScreen
from screens.citizen.waiting import (
    CardScreen,
    GoodbyeScreen,
    HelpScreen,
    StillThereScreen,
    TroubleScreen,
    WorkingScreen,
)

SCREENS: Mapping[type[views.View], type[CitizenScreen[Any]]] = MappingProxyType(
    {
        views.AttractView: AttractScreen,
        views.HomeView: HomeScreen,
        views.ListView: ListScreen,
        views.GuideView: GuideScreen,
        views.SampleView: SampleScreen,
        views.ConsentView: ConsentScreen,
        views.CardView: CardScreen,
        views.FactsView: FactsScreen,
        views.FormView: FormScreen,
        views.ChecklistView: ChecklistScreen,
        views.CaptureView: CaptureScreen,
        views.PageReviewView: PageReviewScreen,
        views.SignView: SignScreen,
        views.WorkingView: WorkingScreen,
        views.DoneView: DoneScreen,
        views.GoodbyeView: GoodbyeScreen,
        views.StillThereView: StillThereScreen,
        views.HelpView: HelpScreen,
        views.TroubleView: TroubleScreen,
    }
)
"""Which screen shows which view."""
