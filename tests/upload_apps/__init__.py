"""Applications that store what is uploaded, behind the checks of the client.

Started by ``app_servers`` in processes of their own. ``UPLOADS`` names the folder where they store,
``STAYDOWN_URL`` and ``STAYDOWN_KEY`` the service, ``ON_UNREACHABLE`` and ``ON_HOLD`` the choices.
"""
