"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.escalation.views import (
    chain,
    chain_again,
    chain_appeals,
    chain_stop,
    first,
    first_paste,
    inbound,
    kinship,
    lists,
    replies,
    sent,
    sent_again,
    sent_outcomes,
    settings,
    signing,
    sites,
    sites_kinds,
    sites_links,
    sites_providers,
)

app_name = "escalation"
ROOT = "staff/escalations/"
urlpatterns: list[URLPattern] = [
    path("escalation/inbound/", inbound.take_in_mail, name="inbound"),
    path(ROOT, lists.escalations, name="list"),
    path(f"{ROOT}E-<int:escalation_number>/", chain.chain, name="chain"),
    path(f"{ROOT}E-<int:escalation_number>/again/", chain_again.again, name="again"),
    path(f"{ROOT}E-<int:escalation_number>/stop/", chain_stop.stop, name="stop"),
    path(f"{ROOT}E-<int:escalation_number>/appeal/", chain_appeals.appeal, name="appeal"),
    path(f"{ROOT}appeals/<uuid:appeal_id>/", chain_appeals.answer, name="answer_appeal"),
    path(f"{ROOT}links/", sites_links.links, name="links"),
    path(f"{ROOT}links/<uuid:location_id>/", sites_links.saw, name="saw"),
    path(f"{ROOT}reports/<uuid:report_id>/again/", sent_again.again, name="send_again"),
    path(f"{ROOT}reports/<uuid:report_id>/outcome/", sent_outcomes.outcome, name="outcome"),
    path(f"{ROOT}reports/<uuid:report_id>/", sent.report, name="report"),
    path(f"{ROOT}reports/<uuid:report_id>/download/", sent.download, name="download"),
    path(f"{ROOT}reports/<uuid:report_id>/sign/", signing.sign, name="sign"),
    path(f"{ROOT}reports/<uuid:report_id>/undo/", signing.undo, name="undo"),
    path(f"{ROOT}reports/<uuid:report_id>/back/", signing.back, name="back"),
    path(f"{ROOT}reports/<uuid:report_id>/by-hand/", signing.by_hand, name="by_hand"),
    path(f"{ROOT}replies/<uuid:reply_id>/read/", replies.read, name="read"),
    path(f"{ROOT}kinship/", kinship.kinship, name="kinship"),
    path(f"{ROOT}kinship/<uuid:kinship_id>/", kinship.answer_kin, name="answer_kin"),
    path(f"{ROOT}settings/", settings.settings, name="settings"),
    path(f"{ROOT}settings/try-mailbox/", settings.try_mail, name="try_mail"),
    path(f"{ROOT}sites/", sites.sites, name="sites"),
    path(f"{ROOT}sites/<uuid:site_id>/", sites.site, name="site"),
    path(f"{ROOT}sites/<uuid:site_id>/kind/", sites_kinds.kind, name="site_kind"),
    path(f"{ROOT}sites/<uuid:site_id>/unsafe/", sites_kinds.unsafe, name="site_unsafe"),
    path(f"{ROOT}providers/<uuid:provider_id>/", sites_providers.provider, name="provider"),
    path(f"{ROOT}contacts/<uuid:contact_id>/", sites_providers.contact, name="contact"),
    path(f"{ROOT}first/", first.first, name="first"),
    path(f"{ROOT}first/channels/", first.known_channels, name="first_channels"),
    path(f"{ROOT}first/sites/<uuid:site_id>/", first.channel, name="first_channel"),
    path(f"{ROOT}first/<uuid:report_id>/", first.notice, name="first_notice"),
    path(f"{ROOT}first/<uuid:report_id>/sign/", first.sign, name="first_sign"),
    path(f"{ROOT}first/<uuid:report_id>/back/", first.back, name="first_back"),
    path(f"{ROOT}first/<uuid:report_id>/again/", first.again, name="first_again"),
    path(f"{ROOT}reports/<uuid:report_id>/paste/", first_paste.paste, name="paste"),
]
